/** Commands that make a new trace of one: never in place. */
import * as vscode from 'vscode';
import { copyResult } from '../editor/maintenanceAnswers.js';
import { withProgress } from '../editor/maintenanceProgress.js';
import { copySentence, nameOf } from '../editor/maintenanceSentences.js';
import { tellSettingProblems } from '../editor/settingProblems.js';
import { messageText } from '../editor/shownText.js';
import { askForNewFile, chosenTrace, keyEnvironment } from './chosenTrace.js';
import type { MaintenanceServices } from './maintenanceServices.js';

type Command = (clicked?: unknown) => Promise<void>;

/** "Convert to .llmtrace…": a database of Agent Inspector becomes a native trace, which is opened. */
export const convertTrace = (services: MaintenanceServices): Command =>
  copyCommand(services, {
    command: 'convert',
    title: 'Convert to .llmtrace',
    doing: 'Converting',
    done: 'Converted',
    nameEnd: '',
    isOpenedAtOnce: true,
  });

/** "Export Redacted Copy…": for sharing. */
export const exportRedacted = (services: MaintenanceServices): Command =>
  copyCommand(services, {
    command: 'redact',
    title: 'Export Redacted Copy',
    doing: 'Redacting',
    done: 'Redacted',
    nameEnd: '-redacted',
    isOpenedAtOnce: false,
  });

interface CopyCommand {
  /** Of the command line. */
  readonly command: 'convert' | 'redact';
  readonly title: string;
  readonly doing: string;
  readonly done: string;
  readonly nameEnd: string;
  readonly isOpenedAtOnce: boolean;
}

function copyCommand(services: MaintenanceServices, kind: CopyCommand): Command {
  const { documents, sessions, keys, maintenance, settings, log } = services;
  return async (clicked) => {
    const uri = await chosenTrace(clicked, sessions);
    if (!uri) return;
    if (kind.command === 'redact') {
      await settings.whenChecked();
      // Whoever shares the copy must know when it was not redacted as the settings say.
      tellSettingProblems(settings, 'redaction');
    }
    const key = await keyEnvironment(uri, documents, keys);
    if (!key) return;
    const file = await askForNewFile(uri, kind);
    if (!file) return;
    const { uri: target, mayReplace } = file;
    const result = await withProgress(maintenance, `${kind.doing} ${nameOf(uri.fsPath)}`, {
      words: [kind.command, uri.fsPath, target.fsPath, ...(mayReplace ? ['--replace'] : [])],
      environment: { ...settings.read().options.environment, ...key },
      read: copyResult,
    });
    log.info([`${result.path} (${kind.command}):`, ...result.notices].join('\n'));
    const isThere = !result.cancelled;
    if (isThere && mayReplace) await documents.find(target)?.open();
    if (isThere && kind.isOpenedAtOnce) await sessions.open(target);
    tell(copySentence(kind.done, uri.fsPath, result), isThere ? target : null, kind);
  };
}

function tell(sentence: string, target: vscode.Uri | null, kind: CopyCommand): void {
  const open = 'Open';
  const show = 'Show in Explorer';
  const buttons = target
    ? [
        ...(kind.isOpenedAtOnce ? [] : [open]),
        // The Explorer shows only what is in the folder that is open.
        ...(vscode.workspace.getWorkspaceFolder(target) ? [show] : []),
      ]
    : [];
  void vscode.window.showInformationMessage(messageText(sentence), ...buttons).then((chosen) => {
    if (chosen === open) void vscode.commands.executeCommand('llmStream.openInInspector', target);
    if (chosen === show) void vscode.commands.executeCommand('revealInExplorer', target);
  });
}
