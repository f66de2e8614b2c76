import * as vscode from 'vscode';
import type { PageAction } from '../protocol/pageMessages.js';
import { askForKey } from './keyPrompt.js';
import type { TraceDocument } from './traceDocument.js';

/** What a page's buttons do about a failure, or while the trace is opened. */
export function pageActions(
  log: vscode.LogOutputChannel,
): (action: PageAction, document: TraceDocument) => void {
  const actions: Readonly<Record<PageAction, (document: TraceDocument) => unknown>> = {
    retry: (document) => document.open(),
    enterKey: askForKey,
    openLarge: (document) => document.open({ anySize: true }),
    openAsText: ({ uri }) => vscode.commands.executeCommand('vscode.openWith', uri, 'default'),
    showLog: () => log.show(),
    cancel: (document) => document.cancel(),
  };
  return (action, document) => {
    if (!Object.hasOwn(actions, action)) return;
    Promise.resolve(actions[action](document)).catch((thrown: unknown) =>
      log.error(`The action "${action}" failed: ${String(thrown)}`),
    );
  };
}
