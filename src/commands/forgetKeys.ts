import * as vscode from 'vscode';
import type { Keys } from '../editor/keys.js';

/** "Forget Keys": traces that are open stay open. */
export function forgetKeys(keys: Keys): () => Promise<void> {
  return async () => {
    const count = await keys.forgetAll();
    void vscode.window.showInformationMessage(
      count === 0
        ? 'No keys of encrypted traces were kept.'
        : `Forgot ${count === 1 ? 'the key' : `${count} keys`} of encrypted traces. They are asked for when such a trace is opened again.`,
    );
  };
}
