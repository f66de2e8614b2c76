import * as vscode from 'vscode';
import { agentEnvironment } from '../capture/agentEnvironment.js';
import type { CaptureController } from '../editor/captureController.js';
import { labelText } from '../editor/shownText.js';
import { runningCapture } from './startCapture.js';

/** "Open Captured Terminal": what runs in it talks to its models through the capture. */
export function openCapturedTerminal(captures: CaptureController): () => Promise<void> {
  return () => open(captures, null);
}

/** "Open Captured Terminal for a Run…": its calls come into a run of this name. */
export function openCapturedTerminalForRun(captures: CaptureController): () => Promise<void> {
  return async () => {
    const runName = await vscode.window.showInputBox({
      title: 'Open Captured Terminal for a Run',
      prompt: 'Calls from this terminal are put into a run of this name.',
      placeHolder: 'Name of the run',
      validateInput: (name) =>
        name.trim().length > longestName ? `A name has at most ${longestName} characters.` : null,
    });
    if (runName?.trim()) await open(captures, runName.trim());
  };
}

const longestName = 200;

async function open(captures: CaptureController, runName: string | null): Promise<void> {
  const capture = await runningCapture(captures);
  const terminal = vscode.window.createTerminal({
    name: runName === null ? 'Captured' : `Captured: ${labelText(runName)}`,
    env: agentEnvironment(capture, runName),
    iconPath: new vscode.ThemeIcon('record'),
    // Without the address, which VS Code would take for a server to forward from a remote machine.
    message: 'Calls to models from this terminal are captured.',
  });
  terminal.show();
}
