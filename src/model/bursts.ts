/** Bursts: tokens that arrived together. After a wait they mean that something on the way buffered the stream. */
import { Largest } from './largest.js';
import { type TokenColumns, tokenDelta, tokenTime } from './tokens.js';
import type { Microseconds } from './units.js';

/** Two or more tokens that came out of one read, or within 1 ms. */
export interface Burst {
  /** Position of the burst's first token. */
  readonly first: number;
  readonly count: number;
  readonly atUs: Microseconds;
  /** Since the token before it, or since the request was sent. */
  readonly waitUs: Microseconds;
}

export interface Bursts {
  readonly count: number;
  /** The largest ones, at most 100, in order of time. */
  readonly largest: readonly Burst[];
}

const togetherUs = 1_000;

/**
 * A token belongs to the burst that is under way when it came out of the same read as the token before
 * it, or at most 1 ms after the burst's first token. (Measured from the first one: else a fast but even
 * stream would be one endless burst.)
 */
export function findBursts(columns: TokenColumns): Bursts {
  const { count } = columns;
  const largest = new Largest();
  let first = 0;
  for (let position = 1; position <= count; position++) {
    if (position < count && isTogether(columns, first, position)) continue;
    if (position - first > 1) largest.offer(first, position - first);
    first = position;
  }
  const bursts = largest.inOrder().map(({ position, size }) => ({
    first: position,
    count: size,
    atUs: tokenTime(columns, position),
    waitUs: tokenDelta(columns, position),
  }));
  return { count: largest.count, largest: bursts };
}

/** Those that anyone is shown one by one: what was held back, and the largest, which the statistics name. */
export function notableBursts(bursts: readonly Burst[], medianUs: number | null): Burst[] {
  const largest = bursts.reduce((most, { count }) => Math.max(most, count), 0);
  const first = bursts.find(({ count }) => count === largest);
  return bursts.filter((burst) => burst === first || isBuffered(burst, medianUs));
}

const bufferedTokens = 5;
const bufferedWaitUs = 100_000;
const bufferedMedians = 5;

/**
 * Whether something on the way (a proxy, a gateway, a compressing middleware) held tokens back: many of
 * them at once, after a wait that is long both absolutely and for this call. Two tokens in one read
 * happen on any connection.
 * @param medianUs the call's ICL p50, where it is known
 */
export function isBuffered({ count, waitUs }: Burst, medianUs: number | null): boolean {
  return (
    count >= bufferedTokens && waitUs >= Math.max(bufferedWaitUs, bufferedMedians * (medianUs ?? 0))
  );
}

function isTogether(
  { offsetUs, readIndex }: TokenColumns,
  first: number,
  position: number,
): boolean {
  const read = readIndex[position] ?? -1;
  if (read >= 0 && read === readIndex[position - 1]) return true;
  return (offsetUs[position] ?? 0) - (offsetUs[first] ?? 0) <= togetherUs;
}
