/** The system-wide monotonic clock, which is one for all processes, and waiting for a point of it. */
import { type Microseconds, microseconds } from '../../src/model/units.js';

export const nowUs = (): Microseconds => microseconds(Number(process.hrtime.bigint()) / 1_000);

export interface WaitOptions {
  /** Ends the wait at once. */
  readonly signal: AbortSignal;
  /** Spins for the last two milliseconds: true to some 0.05 ms, but it costs a core for that long. */
  readonly isPrecise: boolean;
}

/** A timer fires up to one millisecond late, so that one which is due in n ms is set to less. */
const timerSlackMs = 1;
const spinningMs = 2;

/** Resolves when the clock has reached `dueUs`, or the wait was ended. */
export function waitUntil(dueUs: Microseconds, { signal, isPrecise }: WaitOptions): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const check = (): void => {
      const remainingMs = (dueUs - nowUs()) / 1_000;
      if (remainingMs <= 0 || signal.aborted) finish();
      else if (isPrecise && remainingMs < spinningMs) setImmediate(check);
      else timer = setTimeout(check, Math.max(1, remainingMs - timerSlackMs));
    };
    signal.addEventListener('abort', finish);
    check();
  });
}
