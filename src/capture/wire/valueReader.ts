/** What lies between the framing of a response (events, lines, a list) and a format: texts, and the JSON in them. */
import { parseObject, type JsonObject } from './json.js';
import type { ResponsePart, WireFormat } from './wireFormat.js';

/** Reads the texts that a framing finds, in order; `eventName` where the framing has names. */
export interface TextReader {
  readonly endsWithTerminal: boolean;
  read(text: string, eventName?: string): ResponsePart[];
  end(): ResponsePart[];
}

/** What a format makes of the JSON objects of one stream, in order. */
export interface ValueReader {
  /** Whether a stream without a part `terminal` was truncated. */
  readonly endsWithTerminal: boolean;
  read(value: JsonObject, eventName: string | undefined): ResponsePart[];
  end?(): ResponsePart[];
}

/** A format of JSON: what it makes of streams, and of bodies that come in one piece. */
export interface JsonFormat extends WireFormat {
  stream(): ValueReader;
  whole(value: JsonObject): ResponsePart[];
}

/** Texts that should be JSON objects, and "[DONE]". What is no JSON is counted and passed over. */
export class JsonTexts implements TextReader {
  private unreadable = 0;

  constructor(private readonly values: ValueReader) {}

  get endsWithTerminal(): boolean {
    return this.values.endsWithTerminal;
  }

  read(text: string, eventName?: string): ResponsePart[] {
    if (text.startsWith('[DONE]')) return [{ part: 'terminal' }];
    const value = parseObject(text);
    if (value !== undefined) return this.values.read(value, eventName);
    if (text.trim() !== '') this.unreadable++;
    return [];
  }

  end(): ResponsePart[] {
    const parts = this.values.end?.() ?? [];
    if (this.unreadable > 0)
      parts.push({ part: 'notice', text: unreadableNotice(this.unreadable) });
    return parts;
  }
}

function unreadableNotice(count: number): string {
  return count === 1
    ? 'One piece of the response was no JSON object and was passed over.'
    : `${count} pieces of the response were no JSON objects and were passed over.`;
}
