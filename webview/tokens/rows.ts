/** Which tokens the grid lists, and how they fall into pages. */
import { firstAtLeast } from '../../src/model/search.js';
import { type TokenColumns, positionsBetween } from '../../src/model/tokens.js';
import type { TokenFilter } from '../state/pageModel.js';
import { type SearchableText, matchingPositions } from './search.js';

/** The page size "All": a browser cannot scroll much further. */
export const allRows = 1_000_000;

export interface MatchingRows {
  readonly count: number;
  /** The token in the given row. */
  positionOf(row: number): number;
  /** −1 for a token that does not match. */
  rowOf(position: number): number;
  /** The first row at or after the token; `count` when there is none. */
  firstRowFrom(position: number): number;
}

/** @param searchable asked for only when something is searched */
export function matchingRows(
  columns: TokenColumns,
  filter: Pick<TokenFilter, 'search' | 'fromMs' | 'toMs'>,
  isTimed: boolean,
  searchable: () => SearchableText,
): MatchingRows {
  const { fromMs, toMs } = isTimed ? filter : { fromMs: null, toMs: null };
  const { from: first, to: end } = positionsBetween(
    columns,
    fromMs === null ? -Infinity : fromMs * 1_000,
    toMs === null ? Infinity : toMs * 1_000,
  );
  if (filter.search === '') return neighbours(first, end);
  const found = matchingPositions(searchable(), filter.search);
  return listed(found.subarray(firstAtLeast(found, first), firstAtLeast(found, end)));
}

const neighbours = (first: number, end: number): MatchingRows => ({
  count: end - first,
  positionOf: (row) => first + row,
  rowOf: (position) => (position >= first && position < end ? position - first : -1),
  firstRowFrom: (position) => Math.max(0, Math.min(position, end) - first),
});

const listed = (positions: Uint32Array): MatchingRows => ({
  count: positions.length,
  positionOf: (row) => positions[row] ?? -1,
  rowOf: (position) => {
    const row = firstAtLeast(positions, position);
    return positions[row] === position ? row : -1;
  },
  firstRowFrom: (position) => firstAtLeast(positions, position),
});

export interface Page {
  readonly number: number;
  readonly count: number;
  /** Rows `from` (inclusive) to `to` (exclusive) are on it. */
  readonly from: number;
  readonly to: number;
}

/** The page with this number, or the last one there is. */
export function pageOf(rows: number, pageSize: number, wanted: number): Page {
  const count = Math.max(1, Math.ceil(rows / pageSize));
  const number = Math.max(0, Math.min(wanted, count - 1));
  return { number, count, from: number * pageSize, to: Math.min(rows, (number + 1) * pageSize) };
}
