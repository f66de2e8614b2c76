/** What a person is told about a capture by notifications: each thing once. */
import * as vscode from 'vscode';
import type { CaptureController, CaptureEnd, CaptureState } from './captureController.js';
import type { CaptureSettings } from './captureSettings.js';
import { watchSettingProblems } from './settingProblems.js';
import { messageText } from './shownText.js';

/** Settings with these beginnings are those of a capture. */
const sections = ['capture', 'upstreams', 'redaction', 'experimental'];

/** What of the capture is told. */
export type ToldCapture = Pick<
  CaptureController,
  'state' | 'options' | 'wasFound' | 'onDidChange' | 'onDidEnd'
>;

export function showCaptureMessages(
  captures: ToldCapture,
  settings: CaptureSettings,
): vscode.Disposable {
  const told = new ToldMessages(captures);
  return vscode.Disposable.from(
    captures.onDidChange((state) => told.ofState(state)),
    captures.onDidEnd((end) => tellUnexpectedEnd(end)),
    watchSettingProblems(sections, settings, () => told.ofSettings(settings)),
  );
}

class ToldMessages {
  /** Of the capture that runs. */
  private readonly told = new Set<string>();
  private pid: number | null = null;
  private asksToRestart = false;

  constructor(private readonly captures: ToldCapture) {}

  ofState(state: CaptureState): void {
    if (state.state !== 'on') return;
    const { pid, problems, notices } = state.status;
    if (pid !== this.pid) {
      this.told.clear();
      // Whoever started the capture has been told.
      if (this.captures.wasFound) for (const notice of notices) this.told.add(notice);
      this.pid = pid;
    }
    for (const { code, message } of problems) {
      // A problem that comes and goes is seen in the status bar.
      if (this.isNew(code)) void vscode.window.showWarningMessage(messageText(message));
    }
    for (const notice of notices) {
      if (this.isNew(notice)) void vscode.window.showInformationMessage(messageText(notice));
    }
  }

  ofSettings(settings: CaptureSettings): void {
    const { options, state } = this.captures;
    if (state.state === 'off' || !options || this.asksToRestart) return;
    const { folder, environment } = settings.read().options;
    const isSame =
      folder === options.folder &&
      JSON.stringify(environment) === JSON.stringify(options.environment);
    if (!isSame) void this.askToRestart();
  }

  private async askToRestart(): Promise<void> {
    this.asksToRestart = true;
    const chosen = await vscode.window.showInformationMessage(
      'The changed settings apply to the next capture.',
      'Restart Capture',
    );
    this.asksToRestart = false;
    if (chosen) await vscode.commands.executeCommand('llmStream.restartCapture');
  }

  private isNew(message: string): boolean {
    const isNew = !this.told.has(message);
    this.told.add(message);
    return isNew;
  }
}

function tellUnexpectedEnd({ db, wasStopped }: CaptureEnd): void {
  if (wasStopped) return;
  const text =
    'The capture ended unexpectedly. What it had recorded is kept; the log has the details.';
  void vscode.window
    .showWarningMessage(text, 'Open Trace', 'Start Capture', 'Show Log')
    .then((chosen) => {
      const commands: Readonly<Record<string, () => Thenable<unknown>>> = {
        'Open Trace': () =>
          vscode.commands.executeCommand('llmStream.openInInspector', vscode.Uri.file(db)),
        'Start Capture': () => vscode.commands.executeCommand('llmStream.startCapture'),
        'Show Log': () => vscode.commands.executeCommand('llmStream.showLog'),
      };
      if (chosen) void commands[chosen]?.();
    });
}
