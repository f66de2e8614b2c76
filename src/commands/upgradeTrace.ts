import * as vscode from 'vscode';
import { migrateResult } from '../editor/maintenanceAnswers.js';
import { withProgress } from '../editor/maintenanceProgress.js';
import { migrateSentence, nameOf } from '../editor/maintenanceSentences.js';
import { messageText } from '../editor/shownText.js';
import { chosenTrace, isConfirmed } from './chosenTrace.js';
import type { MaintenanceServices } from './maintenanceServices.js';

/** "Upgrade Trace File…": to the newest version of the format, in place. */
export function upgradeTrace({
  maintenance,
  documents,
  sessions,
  log,
}: MaintenanceServices): (clicked?: unknown) => Promise<void> {
  return async (clicked) => {
    const uri = await chosenTrace(clicked, sessions);
    if (!uri) return;
    const name = nameOf(uri.fsPath);
    const isAsked = await isConfirmed(
      `Upgrade ${name} to the newest version of the format?`,
      'All of it stays. Programs that only know older versions cannot read it any more. Until the new file has been read back, the old one is kept beside it.',
      'Upgrade',
    );
    if (!isAsked) return;
    const result = await withProgress(maintenance, `Upgrading ${name}`, {
      words: ['migrate', uri.fsPath],
      read: migrateResult,
    });
    log.info([`${result.path} (migrate):`, ...result.notices].join('\n'));
    if (result.from !== result.to) await documents.find(uri)?.open();
    void vscode.window.showInformationMessage(messageText(migrateSentence(result)));
  };
}
