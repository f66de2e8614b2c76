/** One JSON list that comes in pieces, as Gemini streams without `alt=sse`: finds its objects as they are completed. */
import { PieceBuffer, tooLongNotice } from './pieceBuffer.js';
import { TextDecoding } from './textDecoding.js';
import type { TextReader } from './valueReader.js';
import type { ResponsePart, ResponseReader } from './wireFormat.js';

/** What changes the depth, and the strings in which nothing does. */
const marks = /["\\{}[\]]/g;

export class JsonArray implements ResponseReader {
  readonly shape = 'stream';
  /** Its closing bracket. */
  readonly endsWithTerminal = true;
  private readonly decoding = new TextDecoding();
  private readonly object = new PieceBuffer();
  /** 1 inside the list, 2 and more inside an object of it. */
  private depth = 0;
  private isInString = false;
  /** The last character was a backslash: the next one is no mark. */
  private isEscaping = false;

  constructor(private readonly texts: TextReader) {}

  read(bytes: Uint8Array): ResponsePart[] {
    return this.readText(this.decoding.decode(bytes));
  }

  end(): ResponsePart[] {
    const parts = this.readText(this.decoding.end());
    return [...parts, ...this.texts.end(), ...this.decoding.notices()];
  }

  private readText(text: string): ResponsePart[] {
    const parts: ResponsePart[] = [];
    if (text === '') return parts;
    let objectStart = 0;
    marks.lastIndex = this.isEscaping ? 1 : 0;
    this.isEscaping = false;
    for (let found = marks.exec(text); found !== null; found = marks.exec(text)) {
      const change = this.depthChange(found[0], found.index === text.length - 1);
      if (change === 1 && this.depth === 2) objectStart = found.index;
      if (change === -1 && this.depth === 1) {
        this.object.add(text.slice(objectStart, marks.lastIndex));
        for (const part of this.objectEnded()) parts.push(part);
      }
      if (change === -1 && this.depth === 0) parts.push({ part: 'terminal' });
    }
    if (this.depth >= 2) this.object.add(text.slice(objectStart));
    return parts;
  }

  private depthChange(mark: string, isLast: boolean): number {
    if (mark === '\\') {
      this.isEscaping = isLast;
      marks.lastIndex++;
      return 0;
    }
    if (mark === '"') this.isInString = !this.isInString;
    if (mark === '"' || this.isInString) return 0;
    const change = mark === '{' || mark === '[' ? 1 : -1;
    if (change === -1 && this.depth === 0) return 0;
    this.depth += change;
    return change;
  }

  private objectEnded(): ResponsePart[] {
    const text = this.object.take();
    return text === undefined ? [tooLongNotice] : this.texts.read(text);
  }
}
