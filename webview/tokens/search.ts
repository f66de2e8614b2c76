/**
 * Finds text in a call's tokens, ignoring case. The text is searched as a whole, so that a word which the
 * model sent in several tokens is found: then each of these tokens matches.
 */
import { firstAtLeast } from '../../src/model/search.js';
import {
  type TokenColumns,
  sliceColumns,
  startsOfParts,
  textBetween,
  tokenText,
} from '../../src/model/tokens.js';

export interface SearchableText {
  /** All text, in lower case, of the same length as the original. */
  readonly text: string;
  /** Where each token begins in `text`, in UTF-16 units; one more than tokens. */
  readonly starts: Uint32Array;
}

export interface TextRange {
  readonly from: number;
  readonly to: number;
}

const replacementCharacter = '\u{FFFD}';

export function searchableText(columns: TokenColumns): SearchableText {
  const parts = startsOfParts(columns);
  return parts.length === 1 ? textOfPart(columns) : textOfParts(columns, parts);
}

/** Nothing is found across the border of two parts, between which tokens are missing. */
function textOfParts(columns: TokenColumns, parts: readonly number[]): SearchableText {
  const starts = new Uint32Array(columns.count + 1);
  let text = '';
  parts.forEach((from, at) => {
    const part = textOfPart(sliceColumns(columns, from, parts[at + 1] ?? columns.count));
    for (let token = 1; token < part.starts.length; token++) {
      starts[from + token] = text.length + (part.starts[token] ?? 0);
    }
    text += part.text;
    if (at === parts.length - 1) return;
    text += border;
    starts[parts[at + 1] ?? 0] = text.length;
  });
  return { text, starts };
}

/** A noncharacter, which nobody types. */
const border = '\u{FFFF}';

function textOfPart(columns: TokenColumns): SearchableText {
  const whole = textBetween(columns, 0, columns.count);
  // Broken UTF-8 decodes differently as a whole and token by token: then it must be done one by one.
  return whole.includes(replacementCharacter)
    ? tokenByToken(columns)
    : { text: fold(whole), starts: startsOf(columns) };
}

/** Positions of the tokens that have at least one character of a match, ascending. */
export function matchingPositions({ text, starts }: SearchableText, query: string): Uint32Array {
  const wanted = fold(query);
  const tokens = starts.length - 1;
  const found = new Uint32Array(tokens);
  let count = 0;
  let position = 0;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    // The token that holds `at`: the last one that begins at or before it.
    position = firstAtLeast(starts, at + 1, position, tokens) - 1;
    let covered = Math.max(position, count > 0 ? (found[count - 1] ?? 0) + 1 : 0);
    for (; covered < tokens && (starts[covered] ?? 0) < end; covered++) {
      if ((starts[covered + 1] ?? 0) > (starts[covered] ?? 0)) found[count++] = covered;
    }
    // Further matches that end in the same token add nothing.
    const next = starts[covered] ?? text.length;
    at = Math.max(at, next - wanted.length);
  }
  return found.slice(0, count);
}

/** The matched parts of one token, relative to its start. */
export function matchedRanges(
  { text, starts }: SearchableText,
  query: string,
  position: number,
): TextRange[] {
  const wanted = fold(query);
  const start = starts[position] ?? 0;
  const end = starts[position + 1] ?? start;
  const ranges: TextRange[] = [];
  let at = text.indexOf(wanted, Math.max(0, start - wanted.length + 1));
  while (at >= 0 && at < end) {
    const from = Math.max(at - start, ranges.at(-1)?.to ?? 0);
    const to = Math.min(at + wanted.length, end) - start;
    if (to > from) ranges.push({ from, to });
    at = text.indexOf(wanted, at + 1);
  }
  return ranges;
}

/** Lower case without changing the length: "İ" is the one character whose lower case is longer. */
const fold = (text: string): string => text.replaceAll('\u{130}', 'i').toLowerCase();

function tokenByToken(columns: TokenColumns): SearchableText {
  const starts = new Uint32Array(columns.count + 1);
  const parts: string[] = [];
  let length = 0;
  for (let position = 0; position < columns.count; position++) {
    const part = fold(tokenText(columns, position));
    parts.push(part);
    length += part.length;
    starts[position + 1] = length;
  }
  return { text: parts.join(''), starts };
}

/** Counts UTF-16 units: one per sequence of valid UTF-8, two for one of four bytes. */
function startsOf({ count, text, textEnd }: TokenColumns): Uint32Array {
  const starts = new Uint32Array(count + 1);
  let length = 0;
  let byte = 0;
  for (let position = 0; position < count; position++) {
    const end = textEnd[position] ?? 0;
    for (; byte < end; byte++) {
      const value = text[byte] ?? 0;
      if ((value & 0xc0) !== 0x80) length += value >= 0xf0 ? 2 : 1;
    }
    starts[position + 1] = length;
  }
  return starts;
}
