/** The longest gaps of a call, kept when its tokens go: any stall rule can be applied to them later. */
import { Largest } from './largest.js';
import { firstAtLeast } from './search.js';
import type { Stalls } from './stalls.js';
import type { TokenColumns } from './tokens.js';
import { type Microseconds, microseconds } from './units.js';

export interface RecordedGap {
  /** Of the token after which nothing came, in the whole stream. */
  readonly tokenIndex: number;
  /** When that token came, µs since the request was sent. */
  readonly startUs: Microseconds;
  readonly lengthUs: Microseconds;
}

export interface LongestGaps {
  /** Of all gaps: one less than tokens with content. */
  readonly count: number;
  /** At most 100, in order of time. */
  readonly longest: readonly RecordedGap[];
}

/** @param columns tokens with content, none of them left out */
export function longestGaps({ count, index, offsetUs }: TokenColumns): LongestGaps {
  const largest = new Largest();
  for (let position = 1; position < count; position++) {
    largest.offer(position - 1, (offsetUs[position] ?? 0) - (offsetUs[position - 1] ?? 0));
  }
  const longest = largest.inOrder().map(({ position, size }) => ({
    tokenIndex: index[position] ?? position,
    startUs: microseconds(offsetUs[position] ?? 0),
    lengthUs: microseconds(size),
  }));
  return { count: largest.count, longest };
}

/** As `findStalls` finds them in all tokens. `kept` are those that are still there. */
export function stallsOfGaps(
  { count, longest }: LongestGaps,
  thresholdUs: Microseconds,
  kept: TokenColumns,
): Stalls {
  const threshold = Math.max(thresholdUs, Number.MIN_VALUE);
  const stalls = longest.filter(({ lengthUs }) => lengthUs >= threshold);
  return {
    count: stalls.length,
    mayBeMore: stalls.length === longest.length && count > longest.length,
    longest: stalls.map(({ tokenIndex, startUs, lengthUs }) => ({
      after: positionBeforeGap(kept, tokenIndex),
      startUs,
      endUs: microseconds(startUs + lengthUs),
    })),
  };
}

/** Null unless the tokens on both sides of the gap are there. */
function positionBeforeGap({ index, count }: TokenColumns, tokenIndex: number): number | null {
  const position = firstAtLeast(index, tokenIndex, 0, count);
  const isKept = index[position] === tokenIndex && index[position + 1] === tokenIndex + 1;
  return isKept ? position : null;
}
