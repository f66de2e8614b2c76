/** Pages of the tokens of several calls in order of time, without sorting them all. */
import { firstAbove, firstAtLeast } from '../model/search.js';
import { type TokenColumns, positionsBetween } from '../model/tokens.js';
import type { CallTokenRanges, StoreSurface } from '../protocol/storeMessages.js';
import type { TraceQueries } from './traceQueries.js';

/** A call's tokens with times from an origin that all calls have in common. */
export interface TimedTokens {
  /** µs from that origin to what the columns' times count from. */
  readonly startUs: number;
  readonly columns: TokenColumns;
}

/** Positions of a call's tokens: `from` (inclusive) to `to` (exclusive). */
export interface TokenRange {
  readonly from: number;
  readonly to: number;
}

type Page = Omit<StoreSurface['requests']['tokenRanges']['params'], 'document' | 'run'>;

export interface TokenRangePage {
  /** Tokens of all calls in the span of time. */
  readonly total: number;
  /** One for each call, in the order of the calls. */
  readonly ranges: readonly TokenRange[];
}

/**
 * The tokens between two times (µs, both inclusive) that are on a page of them in order of time; of equal
 * times, those of an earlier call come first.
 */
export function tokenRanges(
  calls: readonly TimedTokens[],
  { fromUs, toUs, offset, limit }: Page,
): TokenRangePage {
  const spans = calls.map(({ startUs, columns }) =>
    positionsBetween(columns, fromUs - startUs, toUs - startUs),
  );
  const total = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const first = ranked(calls, spans, Math.min(offset, total));
  const end = ranked(calls, spans, Math.min(offset + limit, total));
  return {
    total,
    ranges: calls.map((_, call) => ({ from: first[call] ?? 0, to: end[call] ?? 0 })),
  };
}

/** Of a run's calls; those of which only the order of the tokens is known have no times. */
export function callTokenRanges(
  queries: Pick<TraceQueries, 'run' | 'tokens'>,
  { run: key, ...page }: Page & Pick<StoreSurface['requests']['tokenRanges']['params'], 'run'>,
): CallTokenRanges {
  const { run, steps } = queries.run(key);
  const calls = steps.filter(({ call }) => call !== null && call.clockSource !== 'order-only');
  const { total, ranges } = tokenRanges(
    calls.map((step) => ({
      startUs: run.startedAtUs + step.startUs,
      columns: queries.tokens(step.key),
    })),
    page,
  );
  return {
    total,
    ranges: calls
      .map((step, position) => ({ call: step.key, ...(ranges[position] ?? { from: 0, to: 0 }) }))
      .filter(({ from, to }) => to > from),
  };
}

/** For each call the position before which lie its tokens among the first `rank` of all. */
function ranked(
  calls: readonly TimedTokens[],
  spans: readonly TokenRange[],
  rank: number,
): number[] {
  const positions = (search: typeof firstAbove, timeUs: number): number[] =>
    calls.map(({ startUs, columns }, call) => {
      const { from = 0, to = 0 } = spans[call] ?? {};
      return search(columns.offsetUs, timeUs - startUs, from, to);
    });
  const timeUs = timeAtRank(calls, spans, rank, (time) =>
    count(positions(firstAbove, time), spans),
  );
  const until = positions(firstAtLeast, timeUs);
  // Tokens of one and the same time are divided among the calls in their order.
  const through = positions(firstAbove, timeUs);
  let missing = rank - count(until, spans);
  return until.map((position, call) => {
    const taken = Math.min(missing, (through[call] ?? position) - position);
    missing -= taken;
    return position + taken;
  });
}

/** The earliest whole µs by which at least `rank` tokens have come. */
function timeAtRank(
  calls: readonly TimedTokens[],
  spans: readonly TokenRange[],
  rank: number,
  countUntil: (timeUs: number) => number,
): number {
  let low = Infinity;
  let high = -Infinity;
  calls.forEach(({ startUs, columns }, call) => {
    const { from = 0, to = 0 } = spans[call] ?? {};
    if (to <= from) return;
    low = Math.min(low, Math.floor(startUs + (columns.offsetUs[from] ?? 0)));
    high = Math.max(high, Math.ceil(startUs + (columns.offsetUs[to - 1] ?? 0)));
  });
  if (rank === 0 || low > high) return -Infinity;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (countUntil(middle) >= rank) high = middle;
    else low = middle + 1;
  }
  return high;
}

const count = (positions: readonly number[], spans: readonly TokenRange[]): number =>
  positions.reduce((sum, position, call) => sum + position - (spans[call]?.from ?? 0), 0);
