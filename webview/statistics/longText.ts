/** Long text in blocks of which only those near the screen are laid out. */
import { element } from '../shell/elements.js';

const wantedLength = 2_000;
const longestLength = 6_000;

/** Cuts at line breaks; a line that is longer than a block, at a space; else between two characters. */
export function textChunks(text: string): string[] {
  const chunks: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = endOfChunk(text, start);
    chunks.push(text.slice(start, end));
    start = end;
  }
  return chunks;
}

function endOfChunk(text: string, start: number): number {
  if (text.length - start <= longestLength) return text.length;
  const line = text.indexOf('\n', start + wantedLength) + 1;
  if (line > 0 && line - start <= longestLength) return line;
  const space = text.lastIndexOf(' ', start + longestLength) + 1;
  if (space > start + wantedLength) return space;
  const end = start + longestLength;
  // Both halves of a character stay together.
  return /[\uD800-\uDBFF]/.test(text[end - 1] ?? '') ? end - 1 : end;
}

export const longText = (text: string): HTMLElement =>
  element(
    'div',
    { class: 'long-text' },
    ...textChunks(text).map((chunk) => element('div', { class: 'long-text-chunk' }, chunk)),
  );
