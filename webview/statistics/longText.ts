/** Long text in blocks of which only those near the screen are laid out. */
import { element } from '../shell/elements.js';
import { readableText } from '../shell/visibleText.js';

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

export class LongText {
  readonly root = element('div', { class: 'long-text' });
  private text = '';
  /** The last block's, which may grow. */
  private lastChunk = '';

  constructor(text: string) {
    this.grow(text);
  }

  /** Puts what is new behind what is there; false when `text` does not begin with what is there. */
  grow(text: string): boolean {
    if (!text.startsWith(this.text)) return false;
    const [first = '', ...others] = textChunks(
      text.slice(this.text.length - this.lastChunk.length),
    );
    const node = this.root.lastElementChild?.firstChild;
    const shown = readableText(first);
    if (!(node instanceof Text)) this.append(first);
    // Not written anew: the user may have selected some of it.
    else if (shown.startsWith(node.data)) node.appendData(shown.slice(node.data.length));
    else node.data = shown;
    this.lastChunk = others.at(-1) ?? first;
    for (const chunk of others) this.append(chunk);
    this.text = text;
    return true;
  }

  private append(chunk: string): void {
    if (chunk !== '') this.root.append(element('div', { class: 'long-text-chunk' }, chunk));
  }
}
