/** A capture process that runs: how to reach it, and which process it is. */
import type { CaptureAddress } from '../../protocol/captureStatus.js';

export interface RunningCapture extends CaptureAddress {
  readonly pid: number;
}

/** Of a process of this machine; one of another user counts as running. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
