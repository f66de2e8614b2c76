/** Passes requests on to the upstreams, byte for byte and at once, and tells the recorder of every one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { type Milliseconds, milliseconds } from '../../model/units.js';
import type { CaptureSettings } from '../captureSettings.js';
import { monotonicUs } from '../clock.js';
import type { ExchangeObserver, ExchangeRecorder } from '../exchange.js';
import { type Problem, sendProblem, sendRawProblem } from '../server/problem.js';
import type { BodyRoom } from './bodyCopy.js';
import { trustedContext } from './certificates.js';
import { busyProblem, finishingProblem, loopProblem } from './exchangeProblems.js';
import { PassedExchange } from './passedExchange.js';
import type { ProxyRoute } from './proxyRoute.js';
import { UpgradedExchange } from './upgradedExchange.js';
import { Upstream } from './upstream.js';

export interface ProxyLimits {
  /** Exchanges at once. */
  readonly exchanges: number;
  /** Of a request's body: what is larger is refused. */
  readonly bodyBytes: number;
  /** Of a request's body: what is kept for the recorder. */
  readonly keptBodyBytes: number;
  /** The same, of all requests that wait for an answer. */
  readonly allKeptBodyBytes: number;
  /** How long an agent may leave what came unread: a person looks at it in a debugger meanwhile. */
  readonly stuckMs: Milliseconds;
}

export const proxyLimits: ProxyLimits = {
  exchanges: 512,
  bodyBytes: 64 * 1_024 * 1_024,
  keptBodyBytes: 16 * 1_024 * 1_024,
  allKeptBodyBytes: 128 * 1_024 * 1_024,
  stuckMs: milliseconds(1_800_000),
};

export interface ProxyOptions {
  readonly settings: CaptureSettings;
  readonly recorder: ExchangeRecorder;
  readonly limits?: Partial<ProxyLimits>;
}

export class Proxy {
  private readonly upstreams: ReadonlyMap<string, Upstream>;
  private readonly limits: ProxyLimits;
  private readonly exchanges = new Set<{ stop(): void }>();
  private readonly bodyRoom: BodyRoom;
  private isFinishing = false;
  private onIdle: (() => void)[] = [];

  /** @throws TraceError `invalid` for an upstream that is no URL, or certificates that cannot be read. */
  constructor(private readonly options: ProxyOptions) {
    const { upstreams, extraCertificatesPath } = options.settings;
    let made: SecureContext | undefined;
    const context = (): SecureContext => (made ??= trustedContext(extraCertificatesPath));
    // Takes so long that it must not happen between the chunks of a stream.
    const isSecure = Object.values(upstreams).some((url) => /^https:/i.test(url));
    if (isSecure || extraCertificatesPath !== null) context();
    this.upstreams = new Map(
      Object.entries(upstreams).map(([name, url]) => [name, new Upstream(name, url, context)]),
    );
    this.limits = { ...proxyLimits, ...options.limits };
    this.bodyRoom = { bytes: this.limits.allKeptBodyBytes };
  }

  get upstreamNames(): readonly string[] {
    return [...this.upstreams.keys()];
  }

  /** Exchanges that are open, upgraded ones included. */
  get active(): number {
    return this.exchanges.size;
  }

  handle(request: IncomingMessage, response: ServerResponse, route: ProxyRoute): void {
    const admitted = this.admit(request, route);
    if ('status' in admitted) return sendProblem(response, admitted);
    const { observer, upstream, target } = admitted;
    const exchange = new PassedExchange({
      ...{ request, response, upstream, target, observer, ...this.limits },
      ...{ idleTimeoutMs: this.options.settings.idleTimeoutMs, bodyRoom: this.bodyRoom },
      onEnded: () => this.ended(exchange),
    });
    this.exchanges.add(exchange);
    exchange.start();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, route: ProxyRoute): void {
    const admitted = this.admit(request, route);
    if ('status' in admitted) return sendRawProblem(socket, admitted);
    const exchange = new UpgradedExchange({
      ...{ request, socket, head, ...admitted },
      idleTimeoutMs: this.options.settings.idleTimeoutMs,
      onEnded: () => this.ended(exchange),
    });
    this.exchanges.add(exchange);
    exchange.start();
  }

  /** Takes no new exchanges from now on; settles when the last open one has ended. */
  finish(): Promise<void> {
    this.isFinishing = true;
    if (this.active === 0) return Promise.resolve();
    return new Promise((resolve) => this.onIdle.push(resolve));
  }

  /** Ends every exchange at once, and all connections to upstreams. */
  close(): void {
    this.isFinishing = true;
    for (const exchange of [...this.exchanges]) exchange.stop();
    for (const upstream of this.upstreams.values()) upstream.close();
  }

  private admit(request: IncomingMessage, route: ProxyRoute): Admitted | Problem {
    const upstream = this.upstreams.get(route.upstream);
    if (!upstream) throw new Error(`There is no upstream "${route.upstream}".`);
    if (this.isFinishing) return finishingProblem;
    if (this.active >= this.limits.exchanges) return busyProblem(this.limits.exchanges);
    if (upstream.isPort(request.socket.localPort)) return loopProblem(upstream);
    const { path, query, runName } = route;
    const observer = this.options.recorder.begin(
      {
        ...{ method: request.method ?? 'GET', upstream: upstream.name, query, runName },
        ...{ url: upstream.urlOf(path), path: path || '/', headers: request.headers },
      },
      monotonicUs(),
    );
    return { observer, upstream, target: `${path}${query}` };
  }

  private ended(exchange: { stop(): void }): void {
    this.exchanges.delete(exchange);
    if (this.active > 0) return;
    for (const resolve of this.onIdle.splice(0)) resolve();
  }
}

interface Admitted {
  readonly observer: ExchangeObserver;
  readonly upstream: Upstream;
  readonly target: string;
}
