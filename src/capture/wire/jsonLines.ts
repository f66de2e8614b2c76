/** NDJSON: finds the lines in bytes that come cut anywhere. */
import { PieceBuffer, tooLongNotice } from './pieceBuffer.js';
import { TextDecoding } from './textDecoding.js';
import type { TextReader } from './valueReader.js';
import type { ResponsePart, ResponseReader } from './wireFormat.js';

export class JsonLines implements ResponseReader {
  readonly shape = 'stream';
  private readonly decoding = new TextDecoding();
  private readonly line = new PieceBuffer();

  constructor(private readonly texts: TextReader) {}

  get endsWithTerminal(): boolean {
    return this.texts.endsWithTerminal;
  }

  read(bytes: Uint8Array): ResponsePart[] {
    return this.readText(this.decoding.decode(bytes));
  }

  end(): ResponsePart[] {
    const parts = this.readText(`${this.decoding.end()}\n`);
    return [...parts, ...this.texts.end(), ...this.decoding.notices()];
  }

  private readText(text: string): ResponsePart[] {
    const parts: ResponsePart[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.line.add(text.slice(start, end));
      for (const part of this.lineEnded()) parts.push(part);
      start = end + 1;
    }
    this.line.add(text.slice(start));
    return parts;
  }

  private lineEnded(): ResponsePart[] {
    const line = this.line.take()?.trim();
    if (line === undefined) return [tooLongNotice];
    return line === '' ? [] : this.texts.read(line);
  }
}
