/**
 * How a call's text is cut into blocks for the page. A block is laid out only while it is near the
 * screen and is the most that changes in one frame, so that a replay of 100 000 tokens costs no more per
 * frame than one of 100. The cuts fall where a new line begins anyway.
 */
import { type TokenColumns, TokenKind, textBetween } from '../../src/model/tokens.js';

/** Tokens `from` (inclusive) to `to` (exclusive). */
export interface TokenRange {
  readonly from: number;
  readonly to: number;
}

/** Tokens of one kind that follow each other. */
export interface Segment extends TokenRange {
  readonly kind: number;
}

/** A block ends at the first line break after this much text, */
const wantedBytes = 500;
/** or in the middle of a line that is longer than this, between two words if possible, */
const longBytes = 4_000;
/** or between any two tokens. */
const longestBytes = 6_000;
/** A change of kind also begins a block; streams that change all the time would become too many. */
const mostKindBlocks = 2_000;
/** The rest of a longer text is left out here; the Response tab has it. */
export const shownBytes = 8_000_000;
/** One token's text is cut here. */
export const shownTokenCharacters = 20_000;

const newline = 0x0a;
const space = 0x20;

/**
 * Covers the tokens from the first on without holes, up to {@link shownBytes}. `known` are the blocks of the same
 * tokens when they were fewer: all but the last of them stay.
 */
export function textBlocks(columns: TokenColumns, known: readonly TokenRange[] = []): TokenRange[] {
  const last = known.at(-1);
  if (last && (columns.textEnd[last.to - 1] ?? 0) >= shownBytes) return [...known];
  const blocks = known.slice(0, -1);
  let from = last?.from ?? 0;
  let startByte = from === 0 ? 0 : (columns.textEnd[from - 1] ?? 0);
  for (let position = from; position < columns.count; position++) {
    const endByte = columns.textEnd[position] ?? 0;
    const isLast = position === columns.count - 1;
    if (isLast || endsBlock(columns, position, endByte - startByte, blocks.length)) {
      blocks.push({ from, to: position + 1 });
      from = position + 1;
      startByte = endByte;
      if (endByte >= shownBytes) break;
    }
  }
  return blocks;
}

function endsBlock(
  columns: TokenColumns,
  position: number,
  bytes: number,
  before: number,
): boolean {
  const endByte = columns.textEnd[position] ?? 0;
  if (bytes >= wantedBytes && columns.text[endByte - 1] === newline) return true;
  if (bytes >= longestBytes) return true;
  if (bytes >= longBytes && columns.text[endByte] === space) return true;
  return before < mostKindBlocks && startsChannel(columns, position + 1);
}

/** A tool's name and its arguments stand in one block. */
function startsChannel(columns: TokenColumns, position: number): boolean {
  const kind = columns.kind[position];
  const before = columns.kind[position - 1];
  if (kind === before) return false;
  return !(before === TokenKind.toolName && kind === TokenKind.toolArguments);
}

export function segments(columns: TokenColumns, { from, to }: TokenRange): Segment[] {
  const found: Segment[] = [];
  let start = from;
  for (let position = from + 1; position <= to; position++) {
    if (position < to && columns.kind[position] === columns.kind[start]) continue;
    if (position > start) found.push({ from: start, to: position, kind: columns.kind[start] ?? 0 });
    start = position;
  }
  return found;
}

/** The text of a range as it is shown: an overlong one is cut and says so. */
export function shownText(columns: TokenColumns, { from, to }: TokenRange): string {
  const text = textBetween(columns, from, to);
  if (text.length <= shownTokenCharacters) return text;
  const left = (text.length - shownTokenCharacters).toLocaleString('en');
  return `${text.slice(0, shownTokenCharacters)}… (${left} more characters)`;
}

/** How many lines a block will have, roughly: for the height of what has not been laid out yet. */
export function estimatedLines(
  { text, textEnd }: TokenColumns,
  { from, to }: TokenRange,
  charactersPerLine: number,
): number {
  let lines = 0;
  let length = 0;
  const end = textEnd[to - 1] ?? 0;
  for (let byte = from === 0 ? 0 : (textEnd[from - 1] ?? 0); byte < end; byte++) {
    if (text[byte] !== newline) length++;
    else {
      lines += Math.max(1, Math.ceil(length / charactersPerLine));
      length = 0;
    }
  }
  return lines + Math.ceil(length / charactersPerLine);
}

/** Whether the tokens of a range have the same texts and kinds in both. */
export function isSameText(a: TokenColumns, b: TokenColumns, { from, to }: TokenRange): boolean {
  const start = from === 0 ? 0 : (a.textEnd[from - 1] ?? 0);
  const end = a.textEnd[to - 1] ?? 0;
  for (let position = Math.max(0, from - 1); position < to; position++) {
    if (a.textEnd[position] !== b.textEnd[position]) return false;
    if (position >= from && a.kind[position] !== b.kind[position]) return false;
  }
  for (let byte = start; byte < end; byte++) {
    if (a.text[byte] !== b.text[byte]) return false;
  }
  return true;
}

/** Which block holds the token; −1 before the first, and one too many behind what is shown. */
export function blockOf(blocks: readonly TokenRange[], position: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((blocks[middle]?.to ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return position < 0 ? -1 : low;
}
