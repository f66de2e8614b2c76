import * as vscode from 'vscode';
import { messageText } from '../editor/shownText.js';
import { toTraceError } from '../protocol/errors.js';

/** A command that failed says so in a sentence, and the log has the details. */
export function registerCommand(
  log: vscode.LogOutputChannel,
  name: string,
  run: (...args: unknown[]) => unknown,
): vscode.Disposable {
  return vscode.commands.registerCommand(name, async (...args: unknown[]) => {
    try {
      await run(...args);
    } catch (thrown) {
      const error = toTraceError(thrown);
      log.error(`${name}: ${error.message} [${error.code}]\n${error.detail ?? ''}`);
      void vscode.window.showErrorMessage(messageText(error.message));
    }
  });
}
