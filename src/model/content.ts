/** Tokens that bear content. Some agents record the empty delta that only names the role as a first token. */
import type { TokenColumns } from './tokens.js';

export interface ContentTokens {
  /** The tokens whose text is not empty; the very same columns when none is empty. */
  readonly columns: TokenColumns;
  /** The position in the original columns of a position in these. */
  readonly originalPosition: (position: number) => number;
}

/** How many tokens have an empty text. */
export function countEmptyTokens({ count, textEnd }: TokenColumns): number {
  let empty = 0;
  for (let position = 0; position < count; position++) {
    if (textEnd[position] === (position === 0 ? 0 : textEnd[position - 1])) empty++;
  }
  return empty;
}

export function contentTokens(columns: TokenColumns): ContentTokens {
  if (countEmptyTokens(columns) === 0) {
    return { columns, originalPosition: (position) => position };
  }
  const positions = contentPositions(columns.textEnd);
  const { index, offsetUs, kind, readIndex, textEnd, text } = columns;
  return {
    columns: {
      count: positions.length,
      index: Uint32Array.from(positions, (position) => index[position] ?? 0),
      offsetUs: Float64Array.from(positions, (position) => offsetUs[position] ?? 0),
      kind: Uint8Array.from(positions, (position) => kind[position] ?? 0),
      readIndex: Int32Array.from(positions, (position) => readIndex[position] ?? -1),
      textEnd: Uint32Array.from(positions, (position) => textEnd[position] ?? 0),
      text,
    },
    originalPosition: (position) => positions[position] ?? position,
  };
}

function contentPositions(textEnd: Uint32Array): Uint32Array {
  const positions = new Uint32Array(textEnd.length);
  let found = 0;
  let start = 0;
  textEnd.forEach((end, position) => {
    if (end > start) positions[found++] = position;
    start = end;
  });
  return positions.subarray(0, found);
}
