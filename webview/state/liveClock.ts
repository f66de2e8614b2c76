/**
 * What time it is in a run in which something goes on: a wait, or a stage, grows although nothing comes. The newest time of the
 * run that was seen to come tells it; before that, the clock of this machine, which need not be the recorder's.
 */
import type { RunDetail } from '../../src/model/trace.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';
import { goesOn, growsByItself } from './openSteps.js';
import type { PageStore } from './pageStore.js';
import { waitingUs } from './waiting.js';

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
/** A file may say of a call that it streams, of a step that it runs, although nobody has recorded it for days. */
const longestSilenceUs = 3_600_000_000;

/** When the newest token of a call that streams came; −Infinity when none has come. */
const newestUs = ({ steps }: RunDetail): number =>
  steps.reduce((newest, { call, startUs }) => {
    const { lastTokenUs = null } = call?.state === 'streaming' ? call.metrics : {};
    return lastTokenUs === null ? newest : Math.max(newest, startUs + lastTokenUs);
  }, -Infinity);

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
    else if (run && before && newestUs(run) > newestUs(before)) {
      const offsetUs = newestUs(run) - this.clock.nowMs() * 1_000;
      this.offsetUs = Math.max(this.offsetUs ?? -Infinity, offsetUs);
    }
    const nowUs = this.now();
    const told = this.store.current.nowUs;
    const isOther = told === null || nowUs === null || this.waits(told);
    // Else told with the ticks: what comes is drawn once, and not once more for the clock.
    if (isOther) this.store.update({ nowUs });
    if (nowUs !== null) this.tick();
  }

  private now(): Microseconds | null {
    const { run } = this;
    if (!run?.steps.some((step) => goesOn(step, run))) return null;
    const nowUs =
      this.offsetUs === null
        ? this.clock.epochMs() * 1_000 - run.run.startedAtUs
        : this.offsetUs + this.clock.nowMs() * 1_000;
    if (nowUs - run.lengthUs > longestSilenceUs) return null;
    return microseconds(Math.max(run.lengthUs, nowUs));
  }

  /** While tokens of every call come, they move the picture; the clock need not. */
  private waits(nowUs: Microseconds): boolean {
    return this.run?.steps.some((step) => waitingUs(step, nowUs) !== null) ?? false;
  }

  private grows(): boolean {
    const { run } = this;
    return run?.steps.some((step) => growsByItself(step, run)) ?? false;
  }

  private tick(): void {
    if (this.isTicking) return;
    this.isTicking = true;
    this.clock.after(this.isCalm() ? calmTickMs : tickMs, () => {
      this.isTicking = false;
      const nowUs = this.now();
      const isSeen = nowUs === null || this.waits(nowUs) || this.grows();
      if (isSeen) this.store.update({ nowUs });
      if (nowUs !== null) this.tick();
    });
  }
}
