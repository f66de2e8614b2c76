/** A response that is one JSON value (or a page, or a sentence): what it says of the call, without its content. */
import { errorOfResponse, errorOfValue } from './errorCodes.js';
import { type JsonObject, asObject, parseJson } from './json.js';
import { PieceBuffer, tooLongNotice } from './pieceBuffer.js';
import type { ResponsePart, ResponseReader, ResponseStart } from './wireFormat.js';

export class WholeBody implements ResponseReader {
  readonly shape = 'whole';
  /** Its length is told by HTTP. */
  readonly endsWithTerminal = false;
  private readonly decoder = new TextDecoder('utf-8');
  private readonly text = new PieceBuffer();

  constructor(
    private readonly start: ResponseStart,
    /** What a body that reports no error says. */
    private readonly facts: (value: JsonObject) => ResponsePart[],
  ) {}

  read(bytes: Uint8Array): ResponsePart[] {
    this.text.add(this.decoder.decode(bytes, { stream: true }));
    return [];
  }

  end(): ResponsePart[] {
    this.text.add(this.decoder.decode());
    const body = this.text.take();
    const { status, contentType } = this.start;
    if (status >= 400) return [{ part: 'error', ...errorOfResponse(status, body ?? '') }];
    if (body === undefined) return [tooLongNotice];
    const value = parseJson(body);
    if (value === undefined && contentType.includes('json') && body !== '') return [cutNotice];
    return [...this.partsOf(asObject(value)), { part: 'terminal' }];
  }

  private partsOf(value: JsonObject | undefined): ResponsePart[] {
    if (value === undefined) return [];
    const error = errorOfValue(value);
    const parts = this.facts(value);
    return error === undefined ? parts : [...parts, { part: 'error', ...error }];
  }
}

const cutNotice: ResponsePart = {
  part: 'notice',
  text: 'The response is no valid JSON: it may have been cut.',
};
