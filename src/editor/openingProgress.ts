import * as vscode from 'vscode';
import { labelText, messageText } from './shownText.js';
import type { TraceDocument } from './traceDocument.js';

/** A trace that opens faster than this shows its progress on its page only. */
const longOpeningMs = 2_000;

/** Shows a notification with a Cancel button while the trace takes long to open. */
export function showOpeningProgress(document: TraceDocument): vscode.Disposable {
  let timer: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
  };
  const update = (): void => {
    if (document.state.status !== 'loading') stop();
    else timer ??= setTimeout(() => notify(document), longOpeningMs);
  };
  const listener = document.onDidChangeState(update);
  update();
  return vscode.Disposable.from(listener, { dispose: stop });
}

function notify(document: TraceDocument): void {
  const title = messageText(`Opening ${labelText(document.fileName)}`);
  const location = vscode.ProgressLocation.Notification;
  void vscode.window.withProgress({ location, title, cancellable: true }, (progress, token) => {
    token.onCancellationRequested(() => document.cancel());
    let reported = 0;
    const listener = document.onDidChangeState((state) => {
      if (state.status !== 'loading') return;
      const percent = state.fraction * 100;
      progress.report({ message: state.what, increment: Math.max(percent - reported, 0) });
      reported = Math.max(percent, reported);
    });
    return document.whenOpened.finally(() => {
      listener.dispose();
    });
  });
}
