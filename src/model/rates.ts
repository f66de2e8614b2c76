/** Tokens per second along a call, for colouring its bar. */
import type { RateCurve } from './rateCurve.js';
import { firstAbove } from './search.js';
import type { TokenColumns } from './tokens.js';
import type { Microseconds } from './units.js';

/** Long enough to hold several tokens at usual speeds, short enough that a stall of one second shows. */
const minimumWindowUs = 250_000;

const notGenerating = -1;

/** How the tokens of a call came. */
interface Arrivals {
  readonly firstUs: number;
  readonly lastUs: number;
  readonly count: number;
  /** How many came after the first one until then; grows evenly between what is known. */
  until(timeUs: number): number;
}

/**
 * Fills `bins` values of `out` from `outOffset` on with the token rate in equal parts of the span
 * `fromUs` … `toUs` (µs since the run's start; the call's request was sent at `startUs`).
 *
 * The rate of a bin is (N(b) − N(a)) / (b − a) over a window [a, b] around the bin's middle: as long as
 * the bin, at least 250 ms, at most the whole stream, and shifted to lie within the stream. N(t) is the
 * number of tokens until t, and grows evenly between one token and the next. So bins narrower than the
 * gaps between tokens do not flicker between nothing and a lot, and tokens that a sample left out still
 * count, by the indices of their neighbours. Of a call whose tokens were aggregated, N(t) is that of its curve.
 *
 * −1 outside first … last token. Costs O(bins · log tokens).
 */
export function tokenRates(
  source: TokenColumns | RateCurve,
  fromUs: Microseconds,
  toUs: Microseconds,
  bins: number,
  out: Float32Array,
  outOffset: number,
  startUs: Microseconds,
): void {
  out.fill(notGenerating, outOffset, outOffset + bins);
  const arrivals = 'counts' in source ? arrivalsOfCurve(source) : arrivalsOfTokens(source);
  // No token comes at the moment of the request: times that are all zero are times that are not known.
  if (arrivals === null || arrivals.lastUs <= 0 || toUs <= fromUs) return;
  const { firstUs: first, lastUs: last, count } = arrivals;
  const binUs = (toUs - fromUs) / bins;
  const streamUs = last - first;
  const windowUs = Math.min(Math.max(binUs, minimumWindowUs), streamUs);
  for (let bin = 0; bin < bins; bin++) {
    const left = fromUs - startUs + bin * binUs;
    if (left > last || left + binUs <= first) continue;
    if (streamUs === 0) {
      out[outOffset + bin] = (count * 1_000_000) / Math.max(binUs, minimumWindowUs);
      continue;
    }
    const middle = left + binUs / 2;
    const a = Math.min(Math.max(middle - windowUs / 2, first), last - windowUs);
    const tokens = arrivals.until(a + windowUs) - (a <= first ? 0 : arrivals.until(a));
    out[outOffset + bin] = (tokens * 1_000_000) / windowUs;
  }
}

function arrivalsOfTokens(columns: TokenColumns): Arrivals | null {
  const { count, offsetUs, index } = columns;
  const firstUs = offsetUs[0];
  const lastUs = offsetUs[count - 1];
  if (firstUs === undefined || lastUs === undefined) return null;
  const firstIndex = index[0] ?? 0;
  return { firstUs, lastUs, count, until: (timeUs) => tokensUntil(columns, timeUs) - firstIndex };
}

function arrivalsOfCurve({ startUs, stepUs, counts }: RateCurve): Arrivals {
  const count = counts.reduce((sum, inPart) => sum + inPart, 0);
  /** Until the end of each part, without the first token. */
  let sum = -1;
  const before = [0, ...counts.map((inPart) => (sum += inPart))];
  return {
    firstUs: startUs,
    lastUs: startUs + stepUs * counts.length,
    count,
    until: (timeUs) => {
      const place = Math.min(Math.max(0, (timeUs - startUs) / stepUs), counts.length);
      const part = Math.floor(place);
      const from = before[part] ?? 0;
      return from + (place - part) * ((before[part + 1] ?? from) - from);
    },
  };
}

/** The index of the last token at or before `timeUs`, and the share of the way from it to the next. */
function tokensUntil({ count, index, offsetUs }: TokenColumns, timeUs: number): number {
  const after = firstAbove(offsetUs, timeUs, 0, count);
  const before = after - 1;
  const indexBefore = index[before] ?? 0;
  if (after >= count) return indexBefore;
  const timeBefore = offsetUs[before] ?? 0;
  const share = (timeUs - timeBefore) / ((offsetUs[after] ?? 0) - timeBefore);
  return indexBefore + share * ((index[after] ?? 0) - indexBefore);
}
