/** Where a token is, by what a person types. */
import type { TokenColumns } from '../model/tokens.js';
import { startsOfParts, textBetween } from '../model/tokens.js';
import { firstAbove, firstAtLeast } from '../model/search.js';

/** The position of the token with this index; null when there is none. */
export function positionOfIndex(tokens: TokenColumns, index: number): number | null {
  const position = firstAtLeast(tokens.index, index, 0, tokens.count);
  return tokens.index[position] === index ? position : null;
}

/**
 * The position of the token in which `text` begins, in capitals or not; it may go on in later tokens.
 * Searched from the token at `from` to the end, then from the start.
 */
export function findText(tokens: TokenColumns, text: string, from: number): number | null {
  const start = Math.min(Math.max(from, 0), tokens.count);
  return findBetween(tokens, text, start) ?? (start > 0 ? findBetween(tokens, text, 0) : null);
}

/** Part by part: what is missing between two of them must not be jumped over. */
function findBetween(tokens: TokenColumns, text: string, from: number): number | null {
  const parts = startsOfParts(tokens);
  for (const [at, start] of parts.entries()) {
    const end = parts[at + 1] ?? tokens.count;
    if (end <= from) continue;
    const found = findInPart(tokens, text, Math.max(start, from), end);
    if (found !== null) return found;
  }
  return null;
}

function findInPart(tokens: TokenColumns, text: string, from: number, to: number): number | null {
  const whole = textBetween(tokens, from, to);
  const match = new RegExp(escaped(text), 'iu').exec(whole);
  if (!match) return null;
  const before = whole.slice(0, match.index);
  return whole.includes('\uFFFD')
    ? positionOfCharacter(tokens, from, before.length)
    : positionOfByte(tokens, from, Buffer.byteLength(before));
}

/** The token that holds the byte at `offset`, counted from where the token at `from` begins. */
function positionOfByte({ textEnd, count }: TokenColumns, from: number, offset: number): number {
  return firstAbove(textEnd, (textEnd[from - 1] ?? 0) + offset, from, count);
}

/** By the decoded lengths, because broken UTF-8 has not as many bytes as its text. */
function positionOfCharacter(tokens: TokenColumns, from: number, character: number): number {
  let low = from;
  let high = tokens.count - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (textBetween(tokens, from, middle + 1).length <= character) low = middle + 1;
    else high = middle;
  }
  return low;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
