/** Where the gaps, the bursts and the rate of a stream lay: kept of all its tokens where not all of them are. */
import { type RecordedGap, longestGaps } from './gaps.js';
import type { CallMetrics } from './metrics.js';
import { type RateCurve, rateCurve } from './rateCurve.js';
import type { TokenColumns } from './tokens.js';

export interface StreamShape {
  readonly burstCount: number | null;
  /** Of all gaps: one less than tokens with content. */
  readonly gapCount: number;
  /** At most 100, in order of time; null where no times are known. */
  readonly longestGaps: readonly RecordedGap[] | null;
  readonly rateCurve: RateCurve | null;
}

/**
 * @param content tokens with content, none of them left out
 * @param metrics those of these tokens
 */
export function streamShape(content: TokenColumns, { icl, burstCount }: CallMetrics): StreamShape {
  const { count: gapCount, longest } = longestGaps(content);
  // Where only the order of the tokens is known, they have no gaps.
  const isTimed = icl !== null;
  return {
    ...{ burstCount, gapCount },
    longestGaps: isTimed ? longest : null,
    rateCurve: isTimed ? rateCurve(content) : null,
  };
}
