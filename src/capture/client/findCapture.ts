import { askStatus } from './sessionRequests.js';
import { type RunningCapture, isRunning } from './runningCapture.js';
import type { SessionFile } from './sessionFile.js';

/**
 * The capture that an earlier window of this workspace has started; null when there is none. One that is dead
 * is forgotten, and so is one whose port or process id belongs to something else by now.
 */
export async function findCapture(file: SessionFile): Promise<RunningCapture | null> {
  const capture = await file.read();
  if (!capture) return null;
  const answer = isRunning(capture.pid) ? await askStatus(capture) : 'refused';
  // A process that was stopped for a while, or a machine that is busy, does not answer: it is still there.
  if (typeof answer === 'object' || answer === 'silent') return capture;
  await file.forget(capture);
  return null;
}
