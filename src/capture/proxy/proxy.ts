/** Passes requests on to the upstreams, byte for byte and at once, and tells the recorder of every one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CaptureSettings } from '../captureSettings.js';
import type { ExchangeRecorder } from '../exchange.js';
import type { ProxyRoute } from './proxyRoute.js';
import { sendProblem } from '../server/problem.js';

export interface ProxyLimits {
  /** Exchanges at once. */
  readonly exchanges: number;
  /** Of a request's body: what is larger is refused. */
  readonly bodyBytes: number;
  /** Of a request's body: what is kept for the recorder. */
  readonly keptBodyBytes: number;
}

export const proxyLimits: ProxyLimits = {
  exchanges: 512,
  bodyBytes: 64 * 1_024 * 1_024,
  keptBodyBytes: 16 * 1_024 * 1_024,
};

export interface ProxyOptions {
  readonly settings: CaptureSettings;
  readonly recorder: ExchangeRecorder;
  readonly limits?: Partial<ProxyLimits>;
}

export class Proxy {
  /** @throws TraceError `invalid` for an upstream that is no URL, or certificates that cannot be read. */
  constructor(private readonly options: ProxyOptions) {}

  get upstreamNames(): readonly string[] {
    return Object.keys(this.options.settings.upstreams);
  }

  /** Exchanges that are open, upgraded ones included. */
  get active(): number {
    return 0;
  }

  handle(_request: IncomingMessage, response: ServerResponse, _route: ProxyRoute): void {
    sendProblem(response, { status: 501, kind: 'not_yet', detail: 'Not yet.' });
  }

  upgrade(_request: IncomingMessage, socket: Duplex, _head: Buffer, _route: ProxyRoute): void {
    socket.destroy();
  }

  /** Takes no new exchanges from now on; settles when the last open one has ended. */
  finish(): Promise<void> {
    return Promise.resolve();
  }

  /** Ends every exchange at once, and all connections to upstreams. */
  close(): void {
    return;
  }
}
