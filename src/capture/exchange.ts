/**
 * What the proxy tells the recorder of a request and its response. The proxy calls these methods after it has
 * passed the bytes on; none of them throws or waits. Times are those of the monotonic clock (clock.ts).
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Microseconds } from '../model/units.js';

export interface RequestHead {
  readonly method: string;
  /** The name in our URL: "openai", "anthropic", or one from the settings. */
  readonly upstream: string;
  /** Where it goes, without credentials and without the query. */
  readonly url: string;
  /** Path below the upstream's base URL, with its leading slash and without the query. */
  readonly path: string;
  /** With its leading "?"; empty without one. May hold a key. */
  readonly query: string;
  /** As the agent sent them: they hold its credentials. */
  readonly headers: IncomingHttpHeaders;
  /** Name of the run from the URL; null for the capture's own run. */
  readonly runName: string | null;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** How an exchange ended, as seen from the proxy; what the bytes say (an error event, no terminal event) is the recorder's. */
export type ExchangeEnding =
  /** The upstream ended its response properly. */
  | { readonly how: 'complete' }
  /** The agent closed its connection before the response had ended. */
  | { readonly how: 'client-abort' }
  /** The connection to the upstream broke after the request was sent. */
  | { readonly how: 'upstream-reset'; readonly message: string }
  /** There was no connection to the upstream: refused, DNS, TLS. */
  | { readonly how: 'unreachable'; readonly message: string }
  /** The upstream was silent for longer than the settings allow. */
  | { readonly how: 'timeout'; readonly message: string }
  /** The capture refused to pass the request on (too large, …). */
  | { readonly how: 'refused'; readonly status: number; readonly message: string }
  /** The capture was stopped. */
  | { readonly how: 'stopped' };

/** What the agent had been given when the exchange ended. */
export interface Delivery {
  readonly bytes: number;
  /** The agent has received everything that the upstream had sent. */
  readonly isWhole: boolean;
}

/** Observes one exchange, in this order; `ended` comes exactly once, and nothing after it. */
export interface ExchangeObserver {
  /** The request went out on a connected socket: offsets count from here. Not called for the unreachable. */
  requestSent(atUs: Microseconds): void;
  /** The whole body as the agent sent it; `isCut` when only its beginning was kept. */
  requestBody(body: Buffer, isCut: boolean): void;
  responseHead(head: ResponseHead, atUs: Microseconds): void;
  /** One read of the upstream's socket, as it came: maybe compressed. */
  responseRead(bytes: Buffer, atUs: Microseconds): void;
  /** An upgrade (WebSocket) was answered: what follows is passed through and not inspected. */
  upgraded(head: ResponseHead, atUs: Microseconds): void;
  ended(ending: ExchangeEnding, delivery: Delivery, atUs: Microseconds): void;
}

export interface ExchangeRecorder {
  /** A request has come: from here on it leaves a trace. */
  begin(head: RequestHead, atUs: Microseconds): ExchangeObserver;
}
