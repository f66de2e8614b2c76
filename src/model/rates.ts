/** Tokens per second along a call, for colouring its bar. */
import { firstAbove } from './search.js';
import type { TokenColumns } from './tokens.js';
import type { Microseconds } from './units.js';

/** Long enough to hold several tokens at usual speeds, short enough that a stall of one second shows. */
const minimumWindowUs = 250_000;

const notGenerating = -1;

/**
 * Fills `bins` values of `out` from `outOffset` on with the token rate in equal parts of the span
 * `fromUs` … `toUs` (µs since the run's start; the call's request was sent at `startUs`).
 *
 * The rate of a bin is (N(b) − N(a)) / (b − a) over a window [a, b] around the bin's middle: as long as
 * the bin, at least 250 ms, at most the whole stream, and shifted to lie within the stream. N(t) is the
 * number of tokens until t, and grows evenly between one token and the next. So bins narrower than the
 * gaps between tokens do not flicker between nothing and a lot, and tokens that a sample or an
 * aggregate left out still count, by the indices of their neighbours.
 *
 * −1 outside first … last token. Costs O(bins · log tokens).
 */
export function tokenRates(
  columns: TokenColumns,
  fromUs: Microseconds,
  toUs: Microseconds,
  bins: number,
  out: Float32Array,
  outOffset: number,
  startUs: Microseconds,
): void {
  out.fill(notGenerating, outOffset, outOffset + bins);
  const { count, offsetUs } = columns;
  const first = offsetUs[0];
  const last = offsetUs[count - 1];
  // No token comes at the moment of the request: times that are all zero are times that are not known.
  if (first === undefined || last === undefined || last <= 0 || toUs <= fromUs) return;
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
    const tokens =
      tokensUntil(columns, a + windowUs) -
      (a <= first ? firstIndex(columns) : tokensUntil(columns, a));
    out[outOffset + bin] = (tokens * 1_000_000) / windowUs;
  }
}

const firstIndex = (columns: TokenColumns): number => columns.index[0] ?? 0;

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
