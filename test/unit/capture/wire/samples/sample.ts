/** Responses written by hand from the types of the providers' SDKs, and what is to be read from them. */
import { TokenKind, type TokenKindName } from '../../../../../src/model/tokens.js';
import { wireFormatOf } from '../../../../../src/capture/wire/wireFormats.js';
import type {
  ResponsePart,
  ResponseReader,
  TokenMetadata,
  UsagePart,
  WireFormat,
  WireRequest,
} from '../../../../../src/capture/wire/wireFormat.js';

export interface Sample {
  readonly name: string;
  readonly path: string;
  readonly contentType: string;
  readonly status?: number;
  readonly body: string;
  readonly parts: readonly ResponsePart[];
}

export function requestTo(path: string, body?: unknown): WireRequest {
  return { method: 'POST', path, query: new URLSearchParams(), body };
}

export function readerOf(sample: Omit<Sample, 'name' | 'parts'>): ResponseReader {
  const { contentType, status = 200 } = sample;
  return wireFormatOf(requestTo(sample.path)).response({ contentType, status, headers: {} });
}

/** The parts of the pieces, one after the other, with those of the end. */
export function readPieces(
  sample: Omit<Sample, 'name' | 'parts'>,
  pieces: readonly Uint8Array[],
): ResponsePart[] {
  const reader = readerOf(sample);
  return [...pieces.flatMap((piece) => reader.read(piece)), ...reader.end()];
}

export const events = (...values: readonly unknown[]): string =>
  values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('');

export type TypedEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** Events that are named by their type. */
export const typedEvents = (...values: readonly TypedEvent[]): string =>
  values.map((value) => `event: ${value.type}\n${events(value)}`).join('');

export const lines = (...values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

export const done = 'data: [DONE]\n\n';

export function token(
  kind: TokenKindName,
  text: string,
  metadata?: TokenMetadata,
  vocabularyTokens?: number,
): ResponsePart {
  return {
    part: 'token',
    kind: TokenKind[kind],
    text,
    ...(metadata !== undefined && { metadata }),
    ...(vocabularyTokens !== undefined && { vocabularyTokens }),
  };
}

export const model = (name: string): ResponsePart => ({ part: 'model', model: name });
export const finish = (reason: string): ResponsePart => ({ part: 'finish', reason });
export const usage = (counts: Omit<UsagePart, 'part'>): ResponsePart => ({
  part: 'usage',
  ...counts,
});
export const notice = (text: string): ResponsePart => ({ part: 'notice', text });
export const format = (recognised: WireFormat): ResponsePart => ({
  part: 'format',
  format: recognised,
});
export const terminal: ResponsePart = { part: 'terminal' };
export const ping: ResponsePart = { part: 'ping' };
export const failure = (
  code: 'LLM_ERROR' | 'RATE_LIMIT' | 'AUTH_ERROR' | 'TIMEOUT',
  message: string,
): ResponsePart => ({ part: 'error', code, message });
