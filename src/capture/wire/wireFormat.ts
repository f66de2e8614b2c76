/**
 * What a wire format is: how a provider's requests and responses are recognised and read. One file per format,
 * listed in wireFormats.ts.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { TokenKind } from '../../model/tokens.js';
import type { CallErrorCode } from '../../model/trace.js';

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
  | {
      readonly part: 'token';
      readonly kind: TokenKind;
      readonly text: string;
      /** Where it is not the first: choice, tool call or block index, logprob, … */
      readonly metadata?: Readonly<Record<string, unknown>>;
    }
  | { readonly part: 'model'; readonly model: string }
  | {
      readonly part: 'usage';
      readonly promptTokens?: number;
      readonly completionTokens?: number;
    }
  | { readonly part: 'finish'; readonly reason: string }
  /** An error inside the response; `code` only where the provider's own type says more than "an error". */
  | { readonly part: 'error'; readonly code: CallErrorCode; readonly message: string }
  /** The format's terminal event: what ends after it is complete. */
  | { readonly part: 'terminal' }
  /** A sign of life without content: keeps a silence from being taken for a dead connection. */
  | { readonly part: 'ping' }
  /** Something that a person should know of this response: a gap in sequence numbers, events that were no JSON. */
  | { readonly part: 'notice'; readonly text: string };

/** Reads one response. Neither method throws, whatever comes. */
export interface ResponseReader {
  /** The parts that this read completes. Bytes are decoded (no compression) but cut anywhere. */
  read(bytes: Uint8Array): ResponsePart[];
  /** The response has ended: what was held back. */
  end(): ResponsePart[];
}

export interface WireFormat {
  /** As stored and shown: "openai-chat". */
  readonly name: string;
  /** The provider whose format it is: "openai"; null for unknown ones. */
  readonly provider: string | null;
  /** By path, then by content, never by the upstream's name; asked again when the body has come. */
  recognises(request: WireRequest): boolean;
  request(request: WireRequest): RequestFacts;
  /** `contentType` of the response in lower case without parameters; decides between stream and whole body. */
  response(contentType: string, status: number, headers: IncomingHttpHeaders): ResponseReader;
  /** True when its streams end with a terminal event: without one they are truncated. */
  readonly endsWithTerminal: boolean;
}
