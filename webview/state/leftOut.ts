/** What is known of tokens that came and that the file does not keep, in words. */
import { formatDate, formatShare, formatTokens } from '../../src/model/formatting.js';
import { type TokenColumns, isBehindGap } from '../../src/model/tokens.js';
import type { Call } from '../../src/model/trace.js';

/** More places than these, as in a sampled call, are not told one by one. */
const mostTold = 5;

/** The positions behind which tokens are missing, each of the token after them; none where they are too many to be told. */
export function toldGaps(columns: TokenColumns): number[] {
  const found: number[] = [];
  for (let position = 1; position < columns.count; position++) {
    if (!isBehindGap(columns, position)) continue;
    if (found.length === mostTold) return [];
    found.push(position);
  }
  return found;
}

/** How many tokens are missing right before this one. */
export const missingBefore = ({ index }: TokenColumns, position: number): number =>
  (index[position] ?? 0) - (index[position - 1] ?? 0) - 1;

/**
 * Whether the time since the token before says nothing, because others came meanwhile. In a sampled call that is so of
 * nearly all, and it says how far the kept ones are from each other.
 */
export const isDeltaUnknown = (
  { aggregated, sampleRate }: Call,
  columns: TokenColumns,
  position: number,
): boolean => (aggregated || sampleRate === 1) && isBehindGap(columns, position);

export interface LeftOutWords {
  /** "980 tokens" */
  readonly count: string;
  /** "between #9 and #990" */
  readonly place: string;
  /** "were aggregated on 3 Nov 2026" */
  readonly what: string;
}

/** Of the tokens that are missing right before this one. */
export function leftOutWords(call: Call, columns: TokenColumns, position: number): LeftOutWords {
  const { index } = columns;
  const missing = missingBefore(columns, position);
  return {
    count: formatTokens(missing),
    place: `between #${index[position - 1] ?? 0} and #${index[position] ?? 0}`,
    what: fate(call, missing === 1),
  };
}

/** "980 tokens between #9 and #990 were aggregated on 3 Nov 2026", without a full stop. */
export function leftOutSentence(call: Call, columns: TokenColumns, position: number): string {
  const { count, place, what } = leftOutWords(call, columns, position);
  return `${count} ${place} ${what}`;
}

function fate({ aggregated, aggregatedAtUs, sampleRate }: Call, isOne: boolean): string {
  if (aggregated) {
    const day = aggregatedAtUs === null ? '' : ` on ${formatDate(aggregatedAtUs)}`;
    return `${isOne ? 'was' : 'were'} aggregated${day}`;
  }
  const why = sampleRate < 1 ? `kept: sampled at ${formatShare(sampleRate)}` : 'in the file';
  return `${isOne ? 'is' : 'are'} not ${why}`;
}
