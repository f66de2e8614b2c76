/**
 * Everything whose path tells nothing. If the first JSON object of the response is one of a known format, it is
 * read as that; else its pieces are recorded as they come: events, lines, or reads of a text.
 */
import { TokenKind } from '../../model/tokens.js';
import { type JsonObject, parseObject } from './json.js';
import { JsonLines } from './jsonLines.js';
import { errorParts, tokenParts } from './parts.js';
import { bodyFacts } from './requests.js';
import { ServerSentEvents } from './serverSentEvents.js';
import { SniffedResponse, areEvents, eventStream, isLines } from './sniffedResponse.js';
import { TextDecoding } from './textDecoding.js';
import { type JsonFormat, JsonTexts, type TextReader } from './valueReader.js';
import { WholeBody } from './wholeBody.js';
import type { ResponsePart, ResponseReader, ResponseStart, WireFormat } from './wireFormat.js';

export function plainChunks(known: readonly JsonFormat[]): WireFormat {
  return {
    name: 'plain',
    provider: null,
    recognises: () => true,
    recognisesResponse: () => true,
    request: bodyFacts,
    response: (start) => plainResponse(start, known),
  };
}

function plainResponse(start: ResponseStart, known: readonly JsonFormat[]): ResponseReader {
  const { contentType, headers, status } = start;
  const whole = (): ResponseReader => new WholeBody(start, (value) => wholeParts(value, known));
  const events = (): ResponseReader => new ServerSentEvents(new PlainTexts(known));
  const isStreamed = status < 400 && headers['content-length'] === undefined;
  if (contentType === eventStream) {
    return new SniffedResponse((first) => (areEvents(start, first) ? events() : whole()));
  }
  if (status < 400 && isLines(contentType)) return new JsonLines(new PlainTexts(known));
  if (contentType === 'text/plain') return isStreamed ? new TextChunks() : whole();
  if (contentType === '') {
    return new SniffedResponse((first) => {
      if (first !== undefined && isBinary(first)) return new BinaryBody('an unnamed type');
      const isDocument = first === undefined || '{[<'.includes(first);
      return isDocument || !isStreamed ? whole() : new TextChunks();
    });
  }
  const isText = /^text\/|json|xml|javascript|x-www-form-urlencoded/.test(contentType);
  return isText || status >= 400 ? whole() : new BinaryBody(contentType);
}

/** Control characters, and bytes that begin no UTF-8 character. */
function isBinary(first: string): boolean {
  const byte = first.charCodeAt(0);
  return byte < 0x20 || (byte >= 0x7f && byte < 0xc2) || byte > 0xf4;
}

function wholeParts(value: JsonObject, known: readonly JsonFormat[]): ResponsePart[] {
  const format = known.find((candidate) => candidate.recognisesResponse(value));
  return format === undefined ? [] : [{ part: 'format', format }, ...format.whole(value)];
}

/** Data of events, or lines: of a known format, or as they are. */
class PlainTexts implements TextReader {
  private recognised: TextReader | undefined;
  private hasSeenObject = false;

  constructor(private readonly known: readonly JsonFormat[]) {}

  get endsWithTerminal(): boolean {
    return this.recognised?.endsWithTerminal ?? false;
  }

  read(text: string, eventName?: string): ResponsePart[] {
    if (this.recognised !== undefined) return this.recognised.read(text, eventName);
    if (text.startsWith('[DONE]')) return [{ part: 'terminal' }];
    const value = parseObject(text);
    // JSON is that API's envelope, whatever is in it; anything else is meant to be read.
    if (value === undefined) return tokenParts(TokenKind.text, text);
    if (!this.hasSeenObject) {
      this.hasSeenObject = true;
      const format = this.known.find((candidate) => candidate.recognisesResponse(value));
      if (format !== undefined) return this.readAs(format, text, eventName);
    }
    return [...tokenParts(TokenKind.other, text), ...errorParts(value)];
  }

  end(): ResponsePart[] {
    return this.recognised?.end() ?? [];
  }

  private readAs(format: JsonFormat, text: string, eventName?: string): ResponsePart[] {
    this.recognised = new JsonTexts(format.stream());
    return [{ part: 'format', format }, ...this.recognised.read(text, eventName)];
  }
}

/** Text without a framing: every read is a piece. */
class TextChunks implements ResponseReader {
  readonly shape = 'stream';
  readonly endsWithTerminal = false;
  private readonly decoding = new TextDecoding();

  read(bytes: Uint8Array): ResponsePart[] {
    return tokenParts(TokenKind.text, this.decoding.decode(bytes));
  }

  end(): ResponsePart[] {
    return [...tokenParts(TokenKind.text, this.decoding.end()), ...this.decoding.notices()];
  }
}

/** Only its size is kept. */
class BinaryBody implements ResponseReader {
  readonly shape = 'binary';
  readonly endsWithTerminal = false;
  private bytes = 0;
  private reads = 0;

  constructor(private readonly contentType: string) {}

  read(bytes: Uint8Array): ResponsePart[] {
    this.bytes += bytes.length;
    this.reads++;
    return [];
  }

  end(): ResponsePart[] {
    if (this.bytes === 0) return [];
    const size = `${this.bytes} bytes of ${this.contentType} in ${this.reads} reads`;
    return [{ part: 'notice', text: `The response is no text and was not kept: ${size}.` }];
  }
}
