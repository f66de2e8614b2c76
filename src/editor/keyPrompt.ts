import * as vscode from 'vscode';
import { problemOfKey } from './keys.js';
import { labelText } from './shownText.js';
import type { TraceDocument } from './traceDocument.js';

const asking = new WeakSet<TraceDocument>();

/** Asks for the key of an encrypted trace until one fits or the user gives up. */
export async function askForKey(document: TraceDocument): Promise<void> {
  if (asking.has(document)) return;
  asking.add(document);
  const closed = new vscode.CancellationTokenSource();
  const listener = document.onDidDispose(() => closed.cancel());
  try {
    let prompt =
      'Enter the key that the trace was recorded with. VS Code keeps it in its secret storage.';
    for (;;) {
      const key = await inputKey(document.fileName, prompt, closed.token);
      if (key === null) return;
      await document.open({ key });
      const { state } = document;
      if (state.status !== 'failed' || state.error.code !== 'key-wrong') return;
      prompt = 'That key does not fit this trace. Enter the key that it was recorded with.';
    }
  } finally {
    listener.dispose();
    closed.dispose();
    asking.delete(document);
  }
}

async function inputKey(
  fileName: string,
  prompt: string,
  closed: vscode.CancellationToken,
): Promise<string | null> {
  const options: vscode.InputBoxOptions = {
    title: `Key of ${labelText(fileName)}`,
    prompt,
    placeHolder: 'Fernet key, 44 characters',
    password: true,
    ignoreFocusOut: true,
    validateInput: (value) => (value === '' ? null : problemOfKey(value.trim())),
  };
  const key = await vscode.window.showInputBox(options, closed);
  // Enter without a key gives up, as Escape does.
  return key?.trim() || null;
}
