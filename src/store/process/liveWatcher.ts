/** Follows the log of a capture: tells soon after something was appended, and not more often than it can be shown. */
import { setTimeout as pause } from 'node:timers/promises';
import { type TraceError, toTraceError } from '../../protocol/errors.js';
import type { LiveTrace } from '../liveTrace.js';
import { lockState } from '../log/captureLock.js';
import type { LogReading } from '../log/followedLog.js';

export interface LiveEvents {
  readonly changed: () => void;
  /** The capture has ended, or something was missed: the files are to be read again. */
  readonly ended: (error: TraceError | null) => void;
}

const pollMs = 20;
/**
 * Between two changes that are told: what comes behind one waits so long at most. The way from here to the screen
 * takes up to 80 ms more, and 150 ms after it passed a token shall be there.
 */
const toldEveryMs = 60;
const lockEveryMs = 250;

export class LiveWatcher {
  private readonly ending = new AbortController();
  private toldAt = -Infinity;
  private lockSeenAt = performance.now();

  constructor(
    private readonly live: LiveTrace,
    private readonly generation: () => number,
    private readonly events: LiveEvents,
  ) {
    void this.watch();
  }

  /** Takes over, at once, what has been appended. @throws TraceError */
  sync(): Promise<LogReading> {
    return this.live.update();
  }

  close(): void {
    this.ending.abort();
    this.live.close();
  }

  private async watch(): Promise<void> {
    const { signal } = this.ending;
    let told = this.generation();
    try {
      for (;;) {
        const waitMs = Math.max(pollMs, this.toldAt + toldEveryMs - performance.now());
        // Does not keep the process alive; ends early when the watcher is closed.
        await pause(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
        if (signal.aborted) return;
        const isOver = await this.look();
        if (signal.aborted) return;
        if (told !== this.generation()) {
          told = this.generation();
          this.toldAt = performance.now();
          this.events.changed();
        }
        if (isOver) return this.events.ended(null);
      }
    } catch (thrown) {
      if (!signal.aborted) this.events.ended(toTraceError(thrown));
    }
  }

  /** True when there is nothing to follow any more. */
  private async look(): Promise<boolean> {
    const reading = (await this.live.hasNews()) ? await this.live.update() : 'read';
    if (reading === 'gap') return true;
    if (reading === 'read' && performance.now() - this.lockSeenAt < lockEveryMs) return false;
    this.lockSeenAt = performance.now();
    return (await lockState(this.live.tracePath)) !== 'held';
  }
}
