import * as vscode from 'vscode';
import type { CaptureController } from '../editor/captureController.js';
import type { PageSessions } from '../editor/pageSessions.js';

/** "Show Capture": its trace, which grows while it is looked at. */
export function showCapture(
  captures: CaptureController,
  sessions: PageSessions,
): () => Promise<void> {
  return async () => {
    if (captures.trace) {
      await sessions.open(captures.trace);
      return;
    }
    const chosen = await vscode.window.showInformationMessage(
      'Nothing is being captured.',
      'Start Capture',
    );
    if (chosen) await vscode.commands.executeCommand('llmStream.startCapture');
  };
}
