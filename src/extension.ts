/** The composition root of the extension host: constructs, wires, disposes; no logic. */
import * as vscode from 'vscode';
import { aggregateTrace } from './commands/aggregateTrace.js';
import { captureActions } from './commands/captureActions.js';
import { cleanUpCaptures } from './commands/cleanUpCaptures.js';
import { copyCaptureEnvironment } from './commands/copyCaptureEnvironment.js';
import { convertTrace, exportRedacted } from './commands/copyTrace.js';
import { copyResponse } from './commands/copyResponse.js';
import { copyTracePath } from './commands/copyTracePath.js';
import { forgetKeys } from './commands/forgetKeys.js';
import { goToToken } from './commands/goToToken.js';
import { openInInspector } from './commands/openInInspector.js';
import {
  openCapturedTerminal,
  openCapturedTerminalForRun,
} from './commands/openCapturedTerminal.js';
import { openTrace } from './commands/openTrace.js';
import { registerCommand } from './commands/register.js';
import { removeRecent } from './commands/removeRecent.js';
import { replayStream } from './commands/replayStream.js';
import { reveal } from './commands/reveal.js';
import { showCapture } from './commands/showCapture.js';
import { showLog } from './commands/showLog.js';
import { startCapture } from './commands/startCapture.js';
import { restartCapture, stopCapture } from './commands/stopCapture.js';
import { upgradeTrace } from './commands/upgradeTrace.js';
import { CaptureController } from './editor/captureController.js';
import { captureFolder } from './editor/captureFolder.js';
import { showCaptureMessages } from './editor/captureMessages.js';
import { resumeCapture } from './editor/captureResume.js';
import { CaptureSettings } from './editor/captureSettings.js';
import { CheckedSettings } from './editor/checkedSettings.js';
import { Keys } from './editor/keys.js';
import { Maintenance } from './editor/maintenance.js';
import { PatternVerdicts, tryPatterns } from './editor/patternVerdicts.js';
import { pageActions } from './editor/pageActions.js';
import { PageSessions, databaseViewType, traceViewType } from './editor/pageSessions.js';
import { Retention } from './editor/retention.js';
import { RetentionSettings } from './editor/retentionSettings.js';
import { scheduleRetention } from './editor/scheduledRetention.js';
import { onSettingsChange, readSettings } from './editor/settings.js';
import { TraceDocuments } from './editor/traceDocuments.js';
import { TraceEditorProvider } from './editor/traceEditorProvider.js';
import { TraceStore } from './editor/traceStore.js';
import { CaptureStatusBar } from './views/captureStatusBar.js';
import { RecentTraces } from './views/recentTraces.js';
import { showTracesView } from './views/tracesView.js';
import { TraceTree } from './views/traceTree.js';

/** For the integration tests, which run in the same extension host. */
export interface Inspector {
  readonly documents: TraceDocuments;
  readonly sessions: PageSessions;
  readonly tree: TraceTree;
  readonly keys: Keys;
  readonly store: TraceStore;
  readonly captures: CaptureController;
}

export function activate(context: vscode.ExtensionContext): Inspector | undefined {
  const log = vscode.window.createOutputChannel('LLM Stream Inspector', { log: true });
  const keys = new Keys(context.secrets);
  const recent = new RecentTraces(context.globalState);
  const bundle = (name: string): string =>
    vscode.Uri.joinPath(context.extensionUri, 'dist', name).fsPath;
  const store = new TraceStore(bundle('store.js'));
  const documents = new TraceDocuments({ store, keys, log, settings: readSettings });
  const sessions = new PageSessions();
  const checkedSettings = new CheckedSettings((name) =>
    vscode.workspace.getConfiguration('llmStream').get(name),
  );
  const maintenance = new Maintenance(bundle('cli.js'));
  const captureSettings = new CaptureSettings(
    checkedSettings,
    new PatternVerdicts((patterns) => tryPatterns(maintenance, patterns)),
  );
  const retentionSettings = new RetentionSettings(checkedSettings);
  const defaultFolder = vscode.Uri.joinPath(context.globalStorageUri, 'captures').fsPath;
  const captures = new CaptureController({
    cliPath: bundle('cli.js'),
    // A window without a folder has no storage of its own.
    sessionFolder: (context.storageUri ?? context.globalStorageUri).fsPath,
    defaultFolder,
    options: () => captureSettings.read().options,
    whenChecked: () => captureSettings.whenChecked(),
    log,
  });
  const retention = new Retention({
    storageFolder: context.globalStorageUri.fsPath,
    folder: () => captureFolder(captureSettings.read().options.folder, defaultFolder),
    options: () => retentionSettings.read().options,
  });
  const tree = new TraceTree(documents, sessions, recent, captures);
  const editor = new TraceEditorProvider({
    extensionUri: context.extensionUri,
    log,
    documents,
    sessions,
    settings: readSettings,
    perform: pageActions(log),
    opened: (uri) => recent.add(uri),
  });

  const forMaintenance = {
    ...{ maintenance, documents, sessions, keys, log },
    settings: captureSettings,
  };
  const commands = {
    openTrace: openTrace(sessions),
    replayStream: replayStream({ documents, sessions, recent }),
    goToToken: goToToken(sessions),
    copyResponse: copyResponse(sessions),
    showLog: showLog(log),
    forgetKeys: forgetKeys(keys),
    openInInspector: openInInspector(sessions),
    refreshTraces: () => tree.refresh(),
    reveal: reveal(sessions, false),
    replayCall: reveal(sessions, true),
    removeRecent: removeRecent(recent),
    copyTracePath,
    startCapture: startCapture(captures, captureSettings),
    stopCapture: stopCapture(captures, sessions),
    restartCapture: restartCapture(captures),
    showCapture: showCapture(captures, sessions),
    openCapturedTerminal: openCapturedTerminal(captures),
    openCapturedTerminalForRun: openCapturedTerminalForRun(captures),
    copyCaptureEnvironment: copyCaptureEnvironment(captures),
    captureActions: captureActions(captures),
    aggregateTrace: aggregateTrace(forMaintenance),
    convertTrace: convertTrace(forMaintenance),
    exportRedacted: exportRedacted(forMaintenance),
    upgradeTrace: upgradeTrace(forMaintenance),
    cleanUpCaptures: cleanUpCaptures(retention, maintenance, log),
  };

  context.subscriptions.push(
    log,
    recent,
    sessions,
    tree,
    documents,
    store,
    captures,
    maintenance,
    new CaptureStatusBar(captures),
    showCaptureMessages(captures, captureSettings),
    scheduleRetention(retention, maintenance, retentionSettings, log),
    showTracesView(tree, sessions),
    onSettingsChange((settings) => {
      // In this order: pages ask for the figures again.
      void documents.applySettings(settings).then(() => sessions.applySettings(settings));
    }),
    ...[traceViewType, databaseViewType].map((viewType) =>
      vscode.window.registerCustomEditorProvider(viewType, editor, {
        supportsMultipleEditorsPerDocument: true,
      }),
    ),
    ...Object.entries(commands).map(([name, run]) =>
      registerCommand(log, `llmStream.${name}`, run),
    ),
  );
  void resumeCapture(captures, captureSettings, log);
  // Other extensions can read what is returned here, and the keys of traces are none of their business.
  const isTest = context.extensionMode === vscode.ExtensionMode.Test;
  return isTest ? { documents, sessions, tree, keys, store, captures } : undefined;
}
