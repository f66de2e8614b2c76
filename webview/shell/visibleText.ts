/**
 * Makes what cannot be seen visible: in a token all of it, spaces and line breaks too; in a text that is
 * read, what would mislead its reader. Only what is shown changes: what is copied is exact.
 */

export interface Piece {
  /** What to show. */
  readonly text: string;
  /** True when `text` stands for characters that cannot be seen. */
  readonly isMark: boolean;
  /** Where the piece stands in the original, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
}

const marks: Readonly<Record<string, string>> = { ' ': '·', '\n': '↵', '\t': '⇥', '\r': '␍' };
/** Control, format (bidi, zero-width), lone surrogates, separators; the joiner inside an emoji is left alone. */
const unseen =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\u{FE0F}])\u{200D}|[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Zs}]|(?!\u{200D})\p{Cf}/gu;

const markOf = (character: string): string =>
  marks[character] ??
  ` U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} `;

/**
 * What would mislead the reader of a text: control characters but for tabs and line breaks, characters that
 * turn the direction of writing, invisible copies of letters ("tags"), lone surrogates. Joiners and special
 * spaces are left alone: many languages are written with them.
 */
const misleading =
  /[\u{061C}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{FEFF}\u{E0000}-\u{E007F}\p{Cs}\p{Zl}\p{Zp}]|(?![\t\n]|\r\n)\p{Cc}/gu;

/** The text as it may be read: what would mislead is shown by its code point, everything else as it is. */
export const readableText = (text: string): string => text.replaceAll(misleading, markOf);

export function visiblePieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(unseen)) {
    const from = match.index;
    const [character] = match;
    if (from > end)
      pieces.push({ text: text.slice(end, from), isMark: false, from: end, to: from });
    end = from + character.length;
    pieces.push({ text: markOf(character), isMark: true, from, to: end });
  }
  if (end < text.length) {
    pieces.push({ text: text.slice(end), isMark: false, from: end, to: text.length });
  }
  return pieces;
}

/** The same as one string; `longest` in UTF-16 units of the original. */
export function visibleText(text: string, longest: number): string {
  const shown = visiblePieces(text.slice(0, longest))
    .map((piece) => piece.text)
    .join('');
  return text.length > longest ? `${shown}…` : shown;
}
