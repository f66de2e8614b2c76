/** Chooses how a response is read: by its content type and, because those are often wrong, by its first byte. */
import { JsonArray } from './jsonArray.js';
import { JsonLines } from './jsonLines.js';
import { ServerSentEvents } from './serverSentEvents.js';
import { type JsonFormat, JsonTexts } from './valueReader.js';
import { WholeBody } from './wholeBody.js';
import type { ResponsePart, ResponseReader, ResponseShape, ResponseStart } from './wireFormat.js';

export const eventStream = 'text/event-stream';

export const isLines = (contentType: string): boolean =>
  /ndjson|jsonl|jsonlines|stream\+json|json-seq/.test(contentType);

/** By the first byte that is no white space; undefined until it is known. */
export type ReaderChoice = (first: string | undefined) => ResponseReader;

type ContentReaders = Pick<JsonFormat, 'stream' | 'whole'>;

/** A format whose streams are Server-Sent Events. */
export function eventsOrWhole(start: ResponseStart, readers: ContentReaders): ResponseReader {
  return new SniffedResponse((first) =>
    areEvents(start, first)
      ? new ServerSentEvents(new JsonTexts(readers.stream()))
      : new WholeBody(start, readers.whole),
  );
}

/** A format whose streams are lines of JSON. */
export function linesOrWhole(start: ResponseStart, readers: ContentReaders): ResponseReader {
  const { contentType, status } = start;
  const isOneValue = status >= 400 || (/json|html/.test(contentType) && !isLines(contentType));
  return !isOneValue
    ? new JsonLines(new JsonTexts(readers.stream()))
    : new WholeBody(start, readers.whole);
}

/** A format whose streams are Server-Sent Events, or one list. */
export function eventsListOrWhole(start: ResponseStart, readers: ContentReaders): ResponseReader {
  return new SniffedResponse((first) => {
    if (areEvents(start, first)) return new ServerSentEvents(new JsonTexts(readers.stream()));
    if (first === '[' && start.status < 400) return new JsonArray(new JsonTexts(readers.stream()));
    return new WholeBody(start, readers.whole);
  });
}

/** Servers send events as text/plain and errors as text/event-stream; JSON and HTML never begin like an event. */
export function areEvents(
  { contentType, status }: ResponseStart,
  first: string | undefined,
): boolean {
  if (first === '{' || first === '[' || first === '<') return false;
  if (contentType === eventStream) return true;
  return status < 400 && first !== undefined && 'deir:'.includes(first);
}

const whiteSpace = new Set([0x09, 0x0a, 0x0d, 0x20]);
const byteOrderMark = new Set([0xef, 0xbb, 0xbf]);

export class SniffedResponse implements ResponseReader {
  private reader: ResponseReader;
  private isChosen = false;

  constructor(private readonly choice: ReaderChoice) {
    this.reader = choice(undefined);
  }

  get shape(): ResponseShape {
    return this.reader.shape;
  }

  get endsWithTerminal(): boolean {
    return this.reader.endsWithTerminal;
  }

  read(bytes: Uint8Array): ResponsePart[] {
    if (this.isChosen) return this.reader.read(bytes);
    const position = bytes.findIndex((byte) => !whiteSpace.has(byte) && !byteOrderMark.has(byte));
    if (position < 0) return [];
    this.reader = this.choice(String.fromCharCode(bytes[position] ?? 0));
    this.isChosen = true;
    return this.reader.read(bytes.subarray(position));
  }

  end(): ResponsePart[] {
    return this.reader.end();
  }
}
