/**
 * What time it is in a run in which a call streams: a wait grows although nothing comes. The newest time of the
 * run that was seen to come tells it; before that, the clock of this machine, which need not be the recorder's.
 */
import type { RunDetail } from '../../src/model/trace.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';
import type { PageStore } from './pageStore.js';

export interface Clock {
  /** Monotonic. */
  nowMs(): number;
  /** Since 1970. */
  epochMs(): number;
  after(delayMs: number, callback: () => void): void;
}

const tickMs = 100;
/** Who asked for less motion gets a figure that changes once a second. */
const calmTickMs = 1_000;
/** A file may say of a call that it streams although nobody has recorded it for days. */
const longestSilenceUs = 3_600_000_000;

export const streams = (run: RunDetail | null): boolean =>
  run?.steps.some(({ call }) => call?.state === 'streaming') ?? false;

export class LiveClock {
  private run: RunDetail | null = null;
  /** µs to add to the monotonic clock; null until something was seen to come. */
  private offsetUs: number | null = null;
  private isTicking = false;

  constructor(
    private readonly store: PageStore,
    private readonly clock: Clock,
    private readonly isCalm: () => boolean,
  ) {
    store.watch(['run'], () => this.take());
  }

  private take(): void {
    const { run } = this.store.current;
    const before = this.run;
    this.run = run;
    if (run?.run.id !== before?.run.id) this.offsetUs = null;
    else if (run && before && run.lengthUs > before.lengthUs) {
      const offsetUs = run.lengthUs - this.clock.nowMs() * 1_000;
      this.offsetUs = Math.max(this.offsetUs ?? -Infinity, offsetUs);
    }
    this.tell();
    if (this.store.current.nowUs !== null) this.tick();
  }

  private tell(): void {
    this.store.update({ nowUs: this.now() });
  }

  private now(): Microseconds | null {
    const { run } = this;
    if (!run || !streams(run)) return null;
    const nowUs =
      this.offsetUs === null
        ? this.clock.epochMs() * 1_000 - run.run.startedAtUs
        : this.offsetUs + this.clock.nowMs() * 1_000;
    if (nowUs - run.lengthUs > longestSilenceUs) return null;
    return microseconds(Math.max(run.lengthUs, nowUs));
  }

  private tick(): void {
    if (this.isTicking) return;
    this.isTicking = true;
    this.clock.after(this.isCalm() ? calmTickMs : tickMs, () => {
      this.isTicking = false;
      this.tell();
      if (this.store.current.nowUs !== null) this.tick();
    });
  }
}
