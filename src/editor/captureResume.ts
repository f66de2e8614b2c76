import * as vscode from 'vscode';
import { toTraceError } from '../protocol/errors.js';
import type { CaptureController } from './captureController.js';
import { tellSettingProblems } from './settingProblems.js';
import type { CaptureSettings } from './captureSettings.js';
import { messageText } from './shownText.js';

/** At the start of a window: goes on with the capture it had, or starts one where the settings say so. */
export async function resumeCapture(
  captures: CaptureController,
  settings: CaptureSettings,
  log: vscode.LogOutputChannel,
): Promise<void> {
  try {
    await captures.resume();
    // Also for later: what is valid now stays in force when it is invalid at the first capture.
    await settings.whenChecked();
    if (captures.state.state !== 'off' || !settings.read().options.autoStart) return;
    tellSettingProblems(settings);
    await captures.start();
  } catch (thrown) {
    const { message, detail } = toTraceError(thrown);
    log.error(`${message}\n${detail ?? ''}`);
    void vscode.window.showErrorMessage(messageText(message));
  }
}
