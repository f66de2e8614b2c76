import * as vscode from 'vscode';
import { toTraceError } from '../protocol/errors.js';

/** A command that failed says so in a sentence, and the log has the details. */
export function registerCommand<A extends unknown[]>(
  log: vscode.LogOutputChannel,
  name: string,
  run: (...args: A) => unknown,
): vscode.Disposable {
  return vscode.commands.registerCommand(name, async (...args: A) => {
    try {
      await run(...args);
    } catch (thrown) {
      const error = toTraceError(thrown);
      log.error(`${name}: ${error.message} [${error.code}]\n${error.detail ?? ''}`);
      void vscode.window.showErrorMessage(error.message);
    }
  });
}
