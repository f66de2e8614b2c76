/** Stalls: gaps that are long both absolutely and for this call. No standard defines them; the rule is a setting. */
import { Largest } from './largest.js';
import { type TokenColumns, tokenTime } from './tokens.js';
import { type Microseconds, microseconds } from './units.js';

/** When a gap between two tokens is called a stall: both conditions must hold. */
export interface StallRule {
  /** The absolute floor. */
  readonly minimumUs: Microseconds;
  /** Times the call's median inter-chunk latency. */
  readonly medianFactor: number;
}

export const defaultStallRule: StallRule = {
  minimumUs: microseconds(1_000_000),
  medianFactor: 5,
};

export interface Stall {
  /** Position of the token after which the stream stood still; null where the file does not keep it. */
  readonly after: number | null;
  readonly startUs: Microseconds;
  readonly endUs: Microseconds;
}

export interface Stalls {
  readonly count: number;
  /** `count` is only the least: of an aggregated call, nothing is known of gaps beyond the 100 longest. */
  readonly mayBeMore: boolean;
  /** The longest ones, at most 100, in order of time. */
  readonly longest: readonly Stall[];
}

/** From how many µs on a gap is a stall: max(floor, factor × median ICL). */
export function stallThresholdUs(rule: StallRule, medianIclUs: number): Microseconds {
  return microseconds(Math.max(rule.minimumUs, rule.medianFactor * medianIclUs));
}

/** Gaps of at least `thresholdUs` between neighbouring tokens. The wait before the first token is TTFT, no stall. */
export function findStalls(columns: TokenColumns, thresholdUs: Microseconds): Stalls {
  const { count, offsetUs } = columns;
  const longest = new Largest();
  // Tokens of the same time are no stall, whatever the settings say.
  const threshold = Math.max(thresholdUs, Number.MIN_VALUE);
  for (let position = 1; position < count; position++) {
    const gap = (offsetUs[position] ?? 0) - (offsetUs[position - 1] ?? 0);
    if (gap >= threshold) longest.offer(position - 1, gap);
  }
  const stalls = longest.inOrder().map(({ position }) => ({
    after: position,
    startUs: tokenTime(columns, position),
    endUs: tokenTime(columns, position + 1),
  }));
  return { count: longest.count, mayBeMore: false, longest: stalls };
}
