/**
 * Calls `reload` soon after a file changed. By polling: events of the file system miss what is written
 * through memory maps and on network disks, and do not name the -wal.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type SourceState, sourceState } from './sourceState.js';

const pollMs = 200;
/** Reloading takes at most this share of the time, so that a large live trace leaves room for requests. */
const largestShare = 1 / 3;

export class SourceWatcher {
  private readonly ending = new AbortController();
  private isDue = false;
  private polling: Promise<unknown> = Promise.resolve();

  /**
   * `seen` is the state before the data were read that are shown now. `reload` never rejects; its result
   * says whether it has read what is there, or has to be tried again although nothing changes.
   */
  constructor(
    private readonly path: string,
    private seen: SourceState,
    private readonly reload: () => Promise<boolean>,
  ) {
    void this.watch();
  }

  /** Looks now, and reloads when that is due. */
  async look(): Promise<void> {
    await this.poll();
  }

  /** Reloads with the next look, whatever is there. */
  reloadSoon(): void {
    this.isDue = true;
  }

  close(): void {
    this.ending.abort();
  }

  private async watch(): Promise<void> {
    const { signal } = this.ending;
    let waitMs = pollMs;
    while (!signal.aborted) {
      // Does not keep the process alive; ends early when the watcher is closed.
      await pause(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      waitMs = await this.poll();
    }
  }

  /** One at a time; returns how long to wait until the next one. */
  private poll(): Promise<number> {
    const poll = this.polling.then(() => this.pollNow());
    this.polling = poll;
    return poll;
  }

  private async pollNow(): Promise<number> {
    const state = await sourceState(this.path);
    if (this.ending.signal.aborted) return 0;
    if (!this.isDue && state.key === this.seen.key && this.seen.isSettled) return pollMs;
    this.isDue = false;
    const begun = performance.now();
    const isRead = await this.reload();
    const tookMs = performance.now() - begun;
    this.seen = { key: state.key, isSettled: state.isSettled && isRead };
    return Math.max(pollMs, tookMs / largestShare - tookMs);
  }
}
