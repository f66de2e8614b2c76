import * as vscode from 'vscode';
import type { RunningCapture } from '../capture/client/runningCapture.js';
import type { CaptureController } from '../editor/captureController.js';
import { type CaptureSettings } from '../editor/captureSettings.js';
import { tellSettingProblems } from '../editor/settingProblems.js';

/** "Start Capture": says where it listens, and offers what comes next. */
export function startCapture(
  captures: CaptureController,
  settings: CaptureSettings,
): () => Promise<void> {
  return async () => {
    if (captures.state.state === 'off') {
      await settings.whenChecked();
      tellSettingProblems(settings);
    }
    const { url } = await runningCapture(captures);
    const terminal = 'Open Captured Terminal';
    const environment = 'Copy Environment';
    const show = 'Show Capture';
    const message = `Capturing on ${url}. Run your agent in a captured terminal, or give it the capture's environment.`;
    void vscode.window
      .showInformationMessage(message, terminal, environment, show)
      .then((chosen) => {
        const command =
          chosen === terminal
            ? 'llmStream.openCapturedTerminal'
            : chosen === environment
              ? 'llmStream.copyCaptureEnvironment'
              : 'llmStream.showCapture';
        if (chosen) void vscode.commands.executeCommand(command);
      });
  };
}

/** The capture that runs, started when there is none. */
export async function runningCapture(captures: CaptureController): Promise<RunningCapture> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Starting the capture…' },
    () => captures.start(),
  );
}
