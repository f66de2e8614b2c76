/** A capture as a window sees it: its status as it changes, until its process has ended. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CaptureStatus } from '../../protocol/captureStatus.js';
import { type RunningCapture, isRunning } from './runningCapture.js';
import { type StopWhen, askToStop } from './sessionRequests.js';
import { followStatus } from './statusEvents.js';

export interface SessionEvents {
  readonly changed: (status: CaptureStatus) => void;
  /** The process is gone. Not called after `detach`. */
  readonly ended: () => void;
}

const shortestPauseMs = 50;
const longestPauseMs = 1_000;
/** What folds the last of its log listens no more. A process id that lives longer than this is another's. */
const longestUnreachableMs = 60_000;

export class CaptureSession {
  /** Null until the capture has said it for the first time. */
  private newest: CaptureStatus | null = null;
  private readonly detaching = new AbortController();

  constructor(
    readonly capture: RunningCapture,
    private readonly events: SessionEvents,
  ) {
    void this.follow();
  }

  get status(): CaptureStatus | null {
    return this.newest;
  }

  /**
   * `idle`: with the last open stream. Settles when the capture knows it, not when it has ended.
   * @throws TraceError when it cannot be told.
   */
  async stop(when: StopWhen): Promise<void> {
    try {
      await askToStop(this.capture, when);
    } catch (thrown) {
      if (!isRunning(this.capture.pid)) return;
      if (when === 'idle' || this.newest === null) throw thrown;
      // It ends as well by this, and whatever it could not write down is recovered.
      process.kill(this.capture.pid, 'SIGTERM');
    }
  }

  /** The capture goes on without us. */
  detach(): void {
    this.detaching.abort();
  }

  private async follow(): Promise<void> {
    const { signal } = this.detaching;
    let reachedAtMs = performance.now();
    let pauseMs = shortestPauseMs;
    while (!signal.aborted) {
      const ending = await followStatus(this.capture, (status) => this.changed(status), signal);
      if (signal.aborted) return;
      if (ending === 'closed') {
        reachedAtMs = performance.now();
        pauseMs = shortestPauseMs;
      }
      const isLost = performance.now() - reachedAtMs > longestUnreachableMs;
      if (ending === 'foreign' || isLost || !isRunning(this.capture.pid)) {
        this.events.ended();
        return;
      }
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  private changed(status: CaptureStatus): void {
    if (this.detaching.signal.aborted) return;
    this.newest = status;
    this.events.changed(status);
  }
}
