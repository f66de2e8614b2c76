/**
 * The tokens of one call as columns: numbers in typed arrays, all text in one UTF-8 buffer. A "token"
 * here is one content-bearing piece as the provider sent it, which is not always one token of the
 * model's vocabulary (see docs/metrics.md).
 *
 * Columns and not objects because they cross process boundaries: for 100 000 tokens, objects cost
 * 64 ms through the webview's channel, columns 0.3 ms.
 */
import { firstAbove, firstAtLeast } from './search.js';
import { type Microseconds, microseconds } from './units.js';

/** What channel of the response a token belongs to. The numbers are stored in files: never renumber. */
export const TokenKind = {
  text: 0,
  reasoning: 1,
  refusal: 2,
  toolArguments: 3,
  toolName: 4,
  audioTranscript: 5,
  other: 6,
} as const;
export type TokenKindName = keyof typeof TokenKind;
export type TokenKind = (typeof TokenKind)[TokenKindName];

export const tokenKindLabels: readonly string[] = [
  'text',
  'reasoning',
  'refusal',
  'tool arguments',
  'tool name',
  'audio transcript',
  'other',
];

export interface TokenColumns {
  /** How many tokens; the length of every column. */
  readonly count: number;
  /** The token's index in the whole stream: equal to the position unless tokens were sampled or aggregated away. */
  readonly index: Uint32Array;
  /** µs since the request was sent; never decreasing. All zero when the file knows only the order. */
  readonly offsetUs: Float64Array;
  /** {@link TokenKind} of each token. */
  readonly kind: Uint8Array;
  /** Which read of the socket the token came out of; -1 where that is not known. */
  readonly readIndex: Int32Array;
  /** Where the token's UTF-8 bytes end in `text` (exclusive); they begin where the previous one's end. */
  readonly textEnd: Uint32Array;
  readonly text: Uint8Array;
}

export interface Token {
  /** µs since the request was sent. */
  readonly offsetUs: Microseconds;
  readonly text: string;
  readonly kind: TokenKind;
  /** Index in the whole stream; the position in the list when absent. */
  readonly index?: number;
  readonly readIndex?: number;
}

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of the token at `position`; broken UTF-8 becomes U+FFFD. */
export function tokenText(columns: TokenColumns, position: number): string {
  return textBetween(columns, position, position + 1);
}

/** The joined text of the tokens `from` (inclusive) to `to` (exclusive). */
export function textBetween(columns: TokenColumns, from: number, to: number): string {
  if (to <= from) return '';
  const start = from === 0 ? 0 : (columns.textEnd[from - 1] ?? 0);
  return decoder.decode(columns.text.subarray(start, columns.textEnd[to - 1]));
}

/**
 * The joined text of the tokens of these kinds. Bytes are joined before they are decoded: a character may
 * be spread over several tokens.
 */
export function textOfKinds(
  { count, kind, text, textEnd }: TokenColumns,
  kinds: ReadonlySet<number>,
): string {
  const joined = new Uint8Array(text.length);
  let length = 0;
  let start = 0;
  for (let position = 0; position < count; position++) {
    const end = textEnd[position] ?? start;
    const isWanted = kinds.has(kind[position] ?? -1);
    // Neighbours are one part: of a million tokens, few are.
    if (isWanted && position + 1 < count && kinds.has(kind[position + 1] ?? -1)) continue;
    if (isWanted) {
      joined.set(text.subarray(start, end), length);
      length += end - start;
    }
    start = end;
  }
  return decoder.decode(joined.subarray(0, length));
}

/** µs since the request was sent, of the token at `position`. */
export function tokenTime(columns: TokenColumns, position: number): Microseconds {
  return microseconds(columns.offsetUs[position] ?? 0);
}

/** µs since the token before it; the first token's is the time since the request was sent. */
export function tokenDelta(columns: TokenColumns, position: number): Microseconds {
  const before = position === 0 ? 0 : (columns.offsetUs[position - 1] ?? 0);
  return microseconds((columns.offsetUs[position] ?? 0) - before);
}

/** Whether tokens right before this one are missing: sampled or aggregated away. */
export const isBehindGap = ({ index }: TokenColumns, position: number): boolean =>
  position > 0 && (index[position] ?? 0) - (index[position - 1] ?? 0) > 1;

/** Where parts begin between which tokens are missing: 0, and every position of {@link isBehindGap}. */
export function startsOfParts(columns: TokenColumns): number[] {
  const starts = [0];
  for (let position = 1; position < columns.count; position++) {
    if (isBehindGap(columns, position)) starts.push(position);
  }
  return starts;
}

/** The tokens `from` (inclusive) to `to` (exclusive) that came between two times, both inclusive. */
export function positionsBetween(
  { offsetUs, count }: TokenColumns,
  fromUs: number,
  toUs: number,
): { readonly from: number; readonly to: number } {
  const from = firstAtLeast(offsetUs, fromUs, 0, count);
  return { from, to: Math.max(from, firstAbove(offsetUs, toUs, from, count)) };
}

/** The tokens `from` (inclusive) to `to` (exclusive), in columns that own their buffers. */
export function sliceColumns(columns: TokenColumns, from: number, to: number): TokenColumns {
  const start = from === 0 ? 0 : (columns.textEnd[from - 1] ?? 0);
  const end = to === 0 ? 0 : (columns.textEnd[to - 1] ?? 0);
  return {
    count: to - from,
    index: columns.index.slice(from, to),
    offsetUs: columns.offsetUs.slice(from, to),
    kind: columns.kind.slice(from, to),
    readIndex: columns.readIndex.slice(from, to),
    textEnd: columns.textEnd.slice(from, to).map((textEnd) => textEnd - start),
    text: columns.text.slice(start, end),
  };
}

/** The tokens of all slices, one after the other. */
export function joinColumns(slices: readonly TokenColumns[]): TokenColumns {
  const sum = (length: (slice: TokenColumns) => number): number =>
    slices.reduce((total, slice) => total + length(slice), 0);
  const count = sum((slice) => slice.count);
  const joined = {
    count,
    index: new Uint32Array(count),
    offsetUs: new Float64Array(count),
    kind: new Uint8Array(count),
    readIndex: new Int32Array(count),
    textEnd: new Uint32Array(count),
    text: new Uint8Array(sum((slice) => slice.text.length)),
  };
  let position = 0;
  let textStart = 0;
  for (const slice of slices) {
    joined.index.set(slice.index, position);
    joined.offsetUs.set(slice.offsetUs, position);
    joined.kind.set(slice.kind, position);
    joined.readIndex.set(slice.readIndex, position);
    const before = textStart;
    joined.textEnd.set(
      slice.textEnd.map((textEnd) => before + textEnd),
      position,
    );
    joined.text.set(slice.text, textStart);
    position += slice.count;
    textStart += slice.text.length;
  }
  return joined;
}

/** Columns of a short list; for tests, small calls and formats that parse one token at a time. */
export function columnsOf(tokens: readonly Token[]): TokenColumns {
  const encoded = tokens.map((token) => encoder.encode(token.text));
  const text = new Uint8Array(encoded.reduce((sum, bytes) => sum + bytes.length, 0));
  const textEnd = new Uint32Array(tokens.length);
  let end = 0;
  encoded.forEach((bytes, position) => {
    text.set(bytes, end);
    end += bytes.length;
    textEnd[position] = end;
  });
  return {
    count: tokens.length,
    index: Uint32Array.from(tokens, (token, position) => token.index ?? position),
    offsetUs: Float64Array.from(tokens, (token) => token.offsetUs),
    kind: Uint8Array.from(tokens, (token) => token.kind),
    readIndex: Int32Array.from(tokens, (token) => token.readIndex ?? -1),
    textEnd,
    text,
  };
}
