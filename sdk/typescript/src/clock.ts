/** Times are differences of the monotonic clock, so that a clock that is set does not disturb them. */

// Kept, so that a test of the agent that replaces the clocks does not replace these.
const now = performance.now.bind(performance);
const wallClock = Date.now.bind(Date);

/** Microseconds since some moment; fractions are allowed. */
export const monotonicUs = (): number => now() * 1_000;

/** One reading of the wall clock, from which all times of a run are counted. */
export class RunClock {
  private readonly anchorUs = wallClock() * 1_000 - monotonicUs();

  /** Microseconds since 1970 at a moment of the monotonic clock. */
  wallUs(atUs: number): number {
    return Math.max(0, Math.round(this.anchorUs + atUs));
  }
}

/** Whole microseconds of a length, which is never negative. */
export const wholeUs = (us: number): number => Math.max(0, Math.round(us));
