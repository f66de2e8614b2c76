import * as vscode from 'vscode';
import type { CaptureController } from '../editor/captureController.js';

interface ActionItem extends vscode.QuickPickItem {
  readonly command: string;
}

const actions: readonly ActionItem[] = [
  { label: '$(pulse) Show Capture', command: 'llmStream.showCapture' },
  { label: '$(terminal) Open Captured Terminal', command: 'llmStream.openCapturedTerminal' },
  {
    label: '$(terminal) Open Captured Terminal for a Run…',
    command: 'llmStream.openCapturedTerminalForRun',
  },
  { label: '$(copy) Copy Capture Environment', command: 'llmStream.copyCaptureEnvironment' },
  { label: '$(debug-restart) Restart Capture', command: 'llmStream.restartCapture' },
  { label: '$(debug-stop) Stop Capture', command: 'llmStream.stopCapture' },
];

/** A click on the status bar's item: starts a capture, or asks what to do with the one that runs. */
export function captureActions(captures: CaptureController): () => Promise<void> {
  return async () => {
    const { state } = captures;
    if (state.state === 'off') {
      await vscode.commands.executeCommand('llmStream.startCapture');
      return;
    }
    const title = state.state === 'on' ? `Capture on ${state.status.url}` : 'Capture';
    const picked = await vscode.window.showQuickPick(actions, { title });
    if (picked) await vscode.commands.executeCommand(picked.command);
  };
}
