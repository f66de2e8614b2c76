/** What a provider's wire format is to the mock: how it says an answer. One file per format. */
import type { Answer, MockRequest, Piece } from '../answer.js';

/** One event of a stream. */
export interface Frame {
  /** As it goes over the wire, with its framing. */
  readonly wire: string;
  /** The tokens that it holds; none for an event of structure. */
  readonly pieces: readonly Piece[];
}

export interface MockFormat {
  /** As a capture names it: "openai-chat". */
  readonly name: string;
  answers(request: MockRequest): boolean;
  isStreaming(request: MockRequest): boolean;
  /** Of a stream. */
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  frames(answer: Answer): Frame[];
  /** A sign of life between two events; empty for a format that has none. */
  readonly ping: string;
  /** An error inside a stream. */
  readonly errorEvent: string;
  /** The answer in one piece, for a request that wants no stream. */
  whole(answer: Answer): unknown;
  /** The body of an error, in the provider's own words. */
  errorBody(status: number): unknown;
}

export const serverSentEvents = 'text/event-stream; charset=utf-8';

export const frame = (wire: string, ...pieces: Piece[]): Frame => ({ wire, pieces });

export const dataEvent = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

export const namedEvent = (data: { readonly type: string }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

export const wantsStream = ({ body }: MockRequest): boolean => body['stream'] === true;

export const isPost = ({ method, path }: MockRequest, end: string): boolean =>
  method === 'POST' && path.endsWith(end);

/** A piece with its choice or tool call where these are not the first. */
export const piece = (
  kind: Piece['kind'],
  text: string,
  where: { readonly choice?: number; readonly toolCall?: number } = {},
): Piece => ({ kind, text, ...where });
