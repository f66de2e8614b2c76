/** Inputs in pieces, as a network delivers them: always the same ones for the same bytes. */
import { Random } from './random.js';

/** Single bytes of a long input find nothing that those of a short one do not, and cost a hundred times as much. */
const mostPieces = 300;

/** Pieces of all lengths, single bytes and empty ones among them. */
export function piecesOf(input: Uint8Array): Uint8Array[] {
  const random = Random.of(input);
  const longest = Math.max(random.from([1, 2, 7, 40, 400]), input.length / mostPieces);
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < input.length;) {
    const length = random.chance(0.05) ? 0 : 1 + random.below(longest);
    pieces.push(input.subarray(start, start + length));
    start += length;
  }
  return pieces;
}

/** The same of a text; a character beyond U+FFFF may be cut in two. */
export function textPiecesOf(text: string): string[] {
  const random = Random.of(text);
  const longest = Math.max(random.from([1, 2, 7, 40, 5_000]), text.length / mostPieces);
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const length = random.chance(0.05) ? 0 : 1 + random.below(longest);
    pieces.push(text.slice(start, start + length));
    start += length;
  }
  return pieces;
}
