import * as vscode from 'vscode';
import type { StopWhen } from '../capture/client/sessionRequests.js';
import type { CaptureController, CaptureEnd } from '../editor/captureController.js';
import type { PageSessions } from '../editor/pageSessions.js';
import { streamsText } from '../views/captureTexts.js';

/** "Stop Capture": asks what shall happen to open streams, and shows the whole trace. */
export function stopCapture(
  captures: CaptureController,
  sessions: PageSessions,
): () => Promise<void> {
  return async () => {
    const end = await askAndStop(captures);
    if (end) await sessions.open(vscode.Uri.file(end.db));
  };
}

/** "Restart Capture" */
export function restartCapture(captures: CaptureController): () => Promise<void> {
  return async () => {
    const wasOn = captures.state.state !== 'off';
    if (!wasOn || (await askAndStop(captures))) {
      await vscode.commands.executeCommand('llmStream.startCapture');
    }
  };
}

/** Null when the user thought better of it. */
async function askAndStop(captures: CaptureController): Promise<CaptureEnd | null> {
  const { state } = captures;
  if (state.state === 'off') {
    void vscode.window.showInformationMessage('Nothing is being captured.');
    return null;
  }
  const when = await whenToStop(captures);
  if (when === null) return null;
  // Open streams may take minutes; the status bar says how many are left.
  if (when === 'idle') return captures.stop(when);
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Stopping the capture…' },
    () => captures.stop(when),
  );
}

async function whenToStop({ state }: CaptureController): Promise<StopWhen | null> {
  if (state.state !== 'on' || state.status.activeStreams === 0) return 'now';
  const { activeStreams } = state.status;
  const finish = 'Finish Them First';
  const now = 'Stop Now';
  const isFinishing = state.status.state === 'finishing';
  const chosen = await vscode.window.showWarningMessage(
    `${streamsText(activeStreams)} ${activeStreams === 1 ? 'is' : 'are'} still open.`,
    {
      modal: true,
      detail: `${isFinishing ? 'The capture ends with the last of them. ' : ''}Stopping now cuts them off: the agent gets an error, and the trace holds what had come.`,
    },
    ...(isFinishing ? [now] : [finish, now]),
  );
  if (chosen === finish) return 'idle';
  return chosen === now ? 'now' : null;
}
