/**
 * What of a long stream to draw in a few hundred pixels: how many tokens of each kind fall into each
 * pixel, and where the stream stood still. Costs follow the pixels: O(pixels · log tokens) per drawing.
 *
 * Places are numbers on one ascending axis: µs since the request was sent or, where a file knows only
 * the order, the tokens' positions.
 */
import { firstAbove, firstAtLeast } from './search.js';
import { TokenKind } from './tokens.js';

export const kindCount = Object.keys(TokenKind).length;

const blockLength = 64;

/** Where each token is, and how many of each kind come before every 64th: counts any range in O(64). */
export interface MarkIndex {
  readonly places: Float64Array;
  readonly kind: Uint8Array;
  readonly before: Uint32Array;
}

export interface MarkBins {
  /** `edges[bin]` is the position of the first token that is not before `bin`; one more than bins. */
  readonly edges: Uint32Array;
  /** Tokens by kind, row-major `bins × kindCount`. */
  readonly counts: Uint32Array;
}

/** Two tokens, one after the other, between which the axis stays empty. */
export interface Gap {
  /** Position of the token before the gap. */
  readonly after: number;
  readonly from: number;
  readonly to: number;
}

/** `places` must not decrease; both columns have the same length. `known` is the index of their beginning. */
export function indexMarks(places: Float64Array, kind: Uint8Array, known?: MarkIndex): MarkIndex {
  const blocks = Math.ceil(kind.length / blockLength);
  const before = new Uint32Array((blocks + 1) * kindCount);
  const knownBlocks = Math.floor((known?.kind.length ?? 0) / blockLength);
  if (known) before.set(known.before.subarray(0, (knownBlocks + 1) * kindCount));
  for (let block = knownBlocks; block < blocks; block++) {
    const row = block * kindCount;
    before.copyWithin(row + kindCount, row, row + kindCount);
    addKinds(before, row + kindCount, kind, block * blockLength, (block + 1) * blockLength, 1);
  }
  return { places, kind, before };
}

/** The tokens in `bins` equal parts of [`from`, `to`); one exactly at `to` belongs to the last part. */
export function binMarks(index: MarkIndex, from: number, to: number, bins: number): MarkBins {
  const edges = new Uint32Array(bins + 1);
  const counts = new Uint32Array(bins * kindCount);
  const width = (to - from) / bins;
  let edge = firstAtLeast(index.places, from);
  edges[0] = edge;
  for (let bin = 0; bin < bins; bin++) {
    const isLast = bin === bins - 1;
    const next = isLast
      ? firstAbove(index.places, to, edge)
      : firstAtLeast(index.places, from + (bin + 1) * width, edge);
    if (next > edge) countKinds(index, edge, next, counts, bin * kindCount);
    edge = next;
    edges[bin + 1] = edge;
  }
  return { edges, counts };
}

/**
 * Gaps that leave at least `minimumBins` neighbouring bins empty, also those that begin before or end
 * after the binned span. O(bins).
 */
export function wideGaps(index: MarkIndex, bins: MarkBins, minimumBins: number): Gap[] {
  const gaps: Gap[] = [];
  const binCount = bins.edges.length - 1;
  let bin = 0;
  while (bin < binCount) {
    const position = bins.edges[bin] ?? 0;
    let end = bin;
    while (end < binCount && bins.edges[end + 1] === position) end++;
    const isBetweenTokens = position > 0 && position < index.places.length;
    if (end - bin >= minimumBins && isBetweenTokens) {
      const from = index.places[position - 1] ?? 0;
      gaps.push({ after: position - 1, from, to: index.places[position] ?? from });
    }
    bin = Math.max(end, bin + 1);
  }
  return gaps;
}

/** Adds how many tokens of each kind are at positions [`from`, `to`) to `counts` at `offset`. */
export function countKinds(
  index: MarkIndex,
  from: number,
  to: number,
  counts: Uint32Array,
  offset: number,
): void {
  if (to - from <= 2 * blockLength) {
    addKinds(counts, offset, index.kind, from, to, 1);
    return;
  }
  addPrefix(index, to, counts, offset, 1);
  addPrefix(index, from, counts, offset, -1);
}

function addPrefix(
  index: MarkIndex,
  position: number,
  counts: Uint32Array,
  offset: number,
  sign: 1 | -1,
): void {
  const block = Math.floor(position / blockLength);
  for (let kind = 0; kind < kindCount; kind++) {
    add(counts, offset + kind, sign * (index.before[block * kindCount + kind] ?? 0));
  }
  addKinds(counts, offset, index.kind, block * blockLength, position, sign);
}

function addKinds(
  counts: Uint32Array,
  offset: number,
  kinds: Uint8Array,
  from: number,
  to: number,
  sign: 1 | -1,
): void {
  const end = Math.min(to, kinds.length);
  for (let position = from; position < end; position++) {
    // A kind that a newer file has and this version does not know counts as "other".
    add(counts, offset + Math.min(kinds[position] ?? 0, kindCount - 1), sign);
  }
}

const add = (counts: Uint32Array, at: number, value: number): void => {
  counts[at] = (counts[at] ?? 0) + value;
};
