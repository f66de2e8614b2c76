/** Server-Sent Events: finds the events in bytes that come cut anywhere. */
import { type EventSourceParser, createParser } from 'eventsource-parser';
import { parseObject } from './json.js';
import { longestPiece, tooLongNotice } from './pieceBuffer.js';
import { TextDecoding } from './textDecoding.js';
import type { TextReader } from './valueReader.js';
import type { ResponsePart, ResponseReader } from './wireFormat.js';

const longestStray = 64 * 1024;

export class ServerSentEvents implements ResponseReader {
  readonly shape = 'stream';
  private readonly decoding = new TextDecoding();
  private readonly parser: EventSourceParser;
  private parts: ResponsePart[] = [];
  private endedWithReturn = false;
  private isTooLong = false;
  /** Lines that belong to no event: an error may come as bare JSON. */
  private stray = '';

  constructor(private readonly texts: TextReader) {
    this.parser = createParser({
      maxBufferSize: longestPiece,
      onEvent: ({ data, event }) => this.add(texts.read(data, event)),
      onComment: () => this.add([{ part: 'ping' }]),
      onError: ({ type, line }) => {
        if (type === 'max-buffer-size-exceeded') this.isTooLong = true;
        else if (type === 'unknown-field') this.addStray(line ?? '');
      },
    });
  }

  get endsWithTerminal(): boolean {
    return this.texts.endsWithTerminal;
  }

  read(bytes: Uint8Array): ResponsePart[] {
    this.feed(this.decoding.decode(bytes));
    return this.taken();
  }

  end(): ResponsePart[] {
    // The final blank line may be missing.
    this.feed(`${this.decoding.end()}\n\n`);
    const value = parseObject(this.stray);
    if (value !== undefined) this.add(this.texts.read(this.stray));
    this.add(this.texts.end());
    this.add(this.decoding.notices());
    return this.taken();
  }

  private feed(text: string): void {
    const lines = this.withLineFeeds(text);
    if (lines !== '') this.parser.feed(lines);
    if (!this.isTooLong) return;
    this.isTooLong = false;
    this.parser.reset();
    this.add([tooLongNotice]);
  }

  /** CR and CRLF as LF, so that an event is complete with its last CR and does not wait for what follows. */
  private withLineFeeds(text: string): string {
    const rest = this.endedWithReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.endedWithReturn = text.endsWith('\r');
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest;
  }

  private addStray(line: string): void {
    if (this.stray.length + line.length <= longestStray) this.stray += `${line}\n`;
  }

  private add(parts: readonly ResponsePart[]): void {
    for (const part of parts) this.parts.push(part);
  }

  private taken(): ResponsePart[] {
    const parts = this.parts;
    this.parts = [];
    return parts;
  }
}
