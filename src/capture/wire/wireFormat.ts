/**
 * What a wire format is: how a provider's requests and responses are recognised and read. One file per format,
 * listed in wireFormats.ts; docs/wire-formats.md says the same to users.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { TokenKind } from '../../model/tokens.js';
import type { CallErrorCode } from '../../model/trace.js';
import type { JsonObject } from './json.js';

/** What can be told from a request. */
export interface WireRequest {
  readonly method: string;
  /** Path below the upstream's base URL, with its leading slash, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body as JSON; undefined until it has come, and when it is none. */
  readonly body: unknown;
}

export interface RequestFacts {
  readonly model: string | null;
  /** Whether the request asks for a stream. */
  readonly streaming: boolean;
}

/** What one piece of a response says. */
export type ResponsePart =
  | TokenPart
  | UsagePart
  | { readonly part: 'model'; readonly model: string }
  /** The provider's own word; one for each choice. */
  | { readonly part: 'finish'; readonly reason: string }
  /** An error inside the response; `code` is LLM_ERROR unless the provider's own type says more. */
  | { readonly part: 'error'; readonly code: CallErrorCode; readonly message: string }
  /** The response is whole: its terminal event came, or the end of its JSON. */
  | { readonly part: 'terminal' }
  /** A sign of life without content: keeps a silence from being taken for a dead connection. */
  | { readonly part: 'ping' }
  /** Something that a person should know of this response: a gap in sequence numbers, events that were no JSON. */
  | { readonly part: 'notice'; readonly text: string }
  /** What the path did not tell, the response did: it is in this format. Comes before the format's own parts. */
  | { readonly part: 'format'; readonly format: WireFormat };

/** A piece with content, as the provider sent it: never empty, and not always one token of the vocabulary. */
export interface TokenPart {
  readonly part: 'token';
  readonly kind: TokenKind;
  readonly text: string;
  readonly metadata?: TokenMetadata;
  /** How many tokens of the vocabulary it is, where the response lists them with their log probabilities. */
  readonly vocabularyTokens?: number;
}

/** A type and not an interface, so that it also is a record of JSON values. */
export type TokenMetadata = {
  /** Of several choices (candidates); absent for the first one, 0. */
  readonly choice?: number;
  /** The tool call's index as the provider numbers it; on every piece of a tool call. */
  readonly toolCall?: number;
  /** The tool call's id; on its first piece, where it has one. */
  readonly id?: string;
  /** Natural logarithm of the token's probability: one number for one token, else one for each. */
  readonly logprob?: number | readonly number[];
};

/** Counts of tokens. What is told later takes the place of what was told before; what is absent stays. */
export interface UsagePart {
  readonly part: 'usage';
  /** All of the prompt, also what came out of a cache. */
  readonly promptTokens?: number;
  /** All that was generated, reasoning included. */
  readonly completionTokens?: number;
  /** Of `promptTokens`: those read from a cache. */
  readonly cachedPromptTokens?: number;
  /** Of `completionTokens`: those of reasoning. */
  readonly reasoningTokens?: number;
}

/**
 * How a response comes: in pieces that are read here; as one body, which the recorder keeps as it is; or as
 * bytes that are no text, of which nothing is kept.
 */
export type ResponseShape = 'stream' | 'whole' | 'binary';

/** Reads one response. Its methods never throw, whatever comes. */
export interface ResponseReader {
  /** A guess from the head until the first bytes have been read, and certain from then on. */
  readonly shape: ResponseShape;
  /** True when a response like this ends with a part `terminal`: without one it is truncated. Certain like `shape`. */
  readonly endsWithTerminal: boolean;
  /** The parts that this read completes. Bytes are decoded (no compression) but cut anywhere. */
  read(bytes: Uint8Array): ResponsePart[];
  /** The response has ended, however: what was held back. */
  end(): ResponsePart[];
}

/** What is known when a response begins. */
export interface ResponseStart {
  /** In lower case, without parameters; empty when there is none. */
  readonly contentType: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

export interface WireFormat {
  /** As stored and shown: "openai-chat". */
  readonly name: string;
  /** The provider whose format it is: "openai"; null for unknown ones. */
  readonly provider: string | null;
  /** By method, path and query, never by the upstream's name. */
  recognises(request: WireRequest): boolean;
  /** By the first JSON value of a response whose path told nothing. */
  recognisesResponse(value: JsonObject): boolean;
  request(request: WireRequest): RequestFacts;
  response(start: ResponseStart): ResponseReader;
}
