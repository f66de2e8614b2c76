/** The composition root of the extension host: constructs, wires, disposes; no logic. */
import * as vscode from 'vscode';
import { copyResponse } from './commands/copyResponse.js';
import { copyTracePath } from './commands/copyTracePath.js';
import { forgetKeys } from './commands/forgetKeys.js';
import { goToToken } from './commands/goToToken.js';
import { openInInspector } from './commands/openInInspector.js';
import { openTrace } from './commands/openTrace.js';
import { registerCommand } from './commands/register.js';
import { removeRecent } from './commands/removeRecent.js';
import { replayStream } from './commands/replayStream.js';
import { reveal } from './commands/reveal.js';
import { showLog } from './commands/showLog.js';
import { Keys } from './editor/keys.js';
import { pageActions } from './editor/pageActions.js';
import { PageSessions, databaseViewType, traceViewType } from './editor/pageSessions.js';
import { onSettingsChange, readSettings } from './editor/settings.js';
import { TraceDocuments } from './editor/traceDocuments.js';
import { TraceEditorProvider } from './editor/traceEditorProvider.js';
import { TraceStore } from './editor/traceStore.js';
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
}

export function activate(context: vscode.ExtensionContext): Inspector | undefined {
  const log = vscode.window.createOutputChannel('LLM Stream Inspector', { log: true });
  const keys = new Keys(context.secrets);
  const recent = new RecentTraces(context.globalState);
  const store = new TraceStore(
    vscode.Uri.joinPath(context.extensionUri, 'dist', 'store.js').fsPath,
  );
  const documents = new TraceDocuments({ store, keys, log, settings: readSettings });
  const sessions = new PageSessions();
  const tree = new TraceTree(documents, sessions, recent);
  const editor = new TraceEditorProvider({
    extensionUri: context.extensionUri,
    log,
    documents,
    sessions,
    settings: readSettings,
    perform: pageActions(log),
    opened: (uri) => recent.add(uri),
  });

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
  };

  context.subscriptions.push(
    log,
    recent,
    sessions,
    tree,
    documents,
    store,
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
  // Other extensions can read what is returned here, and the keys of traces are none of their business.
  const isTest = context.extensionMode === vscode.ExtensionMode.Test;
  return isTest ? { documents, sessions, tree, keys, store } : undefined;
}
