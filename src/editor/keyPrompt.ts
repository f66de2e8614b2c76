import * as vscode from 'vscode';
import { problemOfKey } from './keys.js';
import type { TraceDocument } from './traceDocument.js';

const asking = new WeakSet<TraceDocument>();

/** Asks for the key of an encrypted trace until one fits or the user gives up. */
export async function askForKey(document: TraceDocument): Promise<void> {
  if (asking.has(document)) return;
  asking.add(document);
  try {
    let wrongKey: string | null = null;
    for (;;) {
      const key = await inputKey(document.fileName, wrongKey);
      if (key === null) return;
      await document.open({ key });
      const { state } = document;
      if (state.status !== 'failed' || state.error.code !== 'key-wrong') return;
      wrongKey = key;
    }
  } finally {
    asking.delete(document);
  }
}

async function inputKey(fileName: string, wrongKey: string | null): Promise<string | null> {
  const key = await vscode.window.showInputBox({
    title: `Key of ${fileName}`,
    prompt: 'This trace is encrypted. The key is kept in the secret storage of VS Code.',
    placeHolder: 'Fernet key, 44 characters',
    password: true,
    ignoreFocusOut: true,
    value: wrongKey ?? '',
    validateInput: (value) =>
      value.trim() === wrongKey
        ? 'This key does not fit the trace. Enter the key that it was recorded with.'
        : problemOfKey(value.trim()),
  });
  return key?.trim() ?? null;
}
