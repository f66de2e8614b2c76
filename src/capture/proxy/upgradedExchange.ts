/** A request to go on in another protocol (WebSocket): once the upstream agrees, bytes pass untouched both ways. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { Milliseconds } from '../../model/units.js';
import { monotonicUs } from '../clock.js';
import type { ExchangeEnding, ExchangeObserver } from '../exchange.js';
import { endConnection } from '../server/endConnection.js';
import { sendRawProblem } from '../server/problem.js';
import { connectionProblem, silenceProblem } from './exchangeProblems.js';
import { rawHead, responseHeaders, upgradeHeaders } from './headers.js';
import { readsOf, whenConnected } from './socketReads.js';
import type { Upstream } from './upstream.js';

export interface UpgradeParts {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What the agent sent after the request's head. */
  readonly head: Buffer;
  readonly upstream: Upstream;
  readonly target: string;
  readonly observer: ExchangeObserver;
  /** For the upstream's answer; afterwards it may be silent for as long as it likes. */
  readonly idleTimeoutMs: Milliseconds;
  /** Comes exactly once. */
  readonly onEnded: () => void;
}

/** Of what an agent says before it knows whether anybody listens. */
const mostEarlyBytes = 65_536;

export class UpgradedExchange {
  private readonly early: Buffer[];
  private readonly keepEarly = (bytes: Buffer): void => this.keep(bytes);
  private readonly left = (): void => this.wasLeft();
  private timer: NodeJS.Timeout | undefined;
  private outgoing: ClientRequest | undefined;
  private upstreamSocket: Socket | undefined;
  private ending: ExchangeEnding | undefined;
  private isSent = false;
  private isAnswered = false;
  private hasEnded = false;
  private passedBytes = 0;

  constructor(private readonly parts: UpgradeParts) {
    this.early = parts.head.length > 0 ? [parts.head] : [];
  }

  start(): void {
    const { request, socket, upstream, target, idleTimeoutMs } = this.parts;
    socket.on('error', () => (this.ending ??= { how: 'client-abort' }));
    socket.once('close', () => this.end());
    // Who does not read does not notice that the agent leaves.
    socket.on('data', this.keepEarly);
    socket.once('end', this.left);
    if (idleTimeoutMs > 0) this.timer = setTimeout(() => this.wasSilent(), idleTimeoutMs);
    let outgoing: ClientRequest;
    try {
      const headers = upgradeHeaders(request, upstream.host);
      outgoing = upstream.open(request.method ?? 'GET', target, headers);
    } catch (thrown) {
      return this.fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
    this.outgoing = outgoing;
    outgoing.once('socket', (upstreamSocket) => {
      readsOf(upstreamSocket);
      whenConnected(upstreamSocket, outgoing.reusedSocket, () => this.wasSent());
    });
    outgoing.once('upgrade', (response, upstreamSocket: Socket, upstreamHead) =>
      this.join(response, upstreamSocket, upstreamHead),
    );
    outgoing.once('response', (response) => this.passRefusal(response));
    outgoing.on('error', (error) => this.fail(error));
    outgoing.end();
  }

  stop(): void {
    this.ending ??= { how: 'stopped' };
    this.parts.socket.destroy();
    this.end();
  }

  private keep(bytes: Buffer): void {
    this.early.push(bytes);
    if (this.early.reduce((sum, { length }) => sum + length, 0) > mostEarlyBytes) {
      this.parts.socket.pause();
    }
  }

  private wasLeft(): void {
    this.ending ??= { how: 'client-abort' };
    this.parts.socket.destroy();
  }

  private wasSilent(): void {
    const { socket, upstream, idleTimeoutMs } = this.parts;
    if (this.ending) return;
    const problem = silenceProblem(upstream, idleTimeoutMs);
    this.ending = { how: 'timeout', message: problem.detail };
    if (this.isAnswered) socket.destroy();
    else sendRawProblem(socket, problem);
  }

  private wasSent(): void {
    if (this.isSent || this.hasEnded) return;
    this.isSent = true;
    this.parts.observer.requestSent(monotonicUs());
    this.parts.observer.requestBody(Buffer.alloc(0), false);
  }

  private join(response: IncomingMessage, upstreamSocket: Socket, upstreamHead: Buffer): void {
    const { socket, observer } = this.parts;
    if (this.hasEnded || this.ending) return void upstreamSocket.destroy();
    this.isAnswered = true;
    clearTimeout(this.timer);
    socket.off('data', this.keepEarly);
    socket.off('end', this.left);
    this.upstreamSocket = upstreamSocket;
    upstreamSocket.setTimeout(0);
    upstreamSocket.setNoDelay(true);
    const status = response.statusCode ?? 101;
    socket.write(rawHead(status, response.statusMessage, response.rawHeaders), 'latin1');
    if (upstreamHead.length > 0) upstreamSocket.unshift(upstreamHead);
    for (const bytes of this.early.splice(0)) upstreamSocket.write(bytes);
    upstreamSocket.on('data', (bytes: Buffer) => (this.passedBytes += bytes.length));
    upstreamSocket.on('error', (error) => {
      const message = connectionProblem(this.parts.upstream, error).detail;
      this.ending ??= { how: 'upstream-reset', message };
    });
    upstreamSocket.once('close', () => {
      if (this.ending) socket.destroy();
      else this.complete();
    });
    upstreamSocket.pipe(socket);
    socket.pipe(upstreamSocket);
    const { headers } = response;
    observer.upgraded({ status, headers }, monotonicUs());
  }

  /** The upstream answered without an upgrade: its response, and then the connection is closed. */
  private passRefusal(response: IncomingMessage): void {
    const { request, socket, observer } = this.parts;
    if (this.ending) return void response.destroy();
    this.isAnswered = true;
    this.timer?.refresh();
    const status = response.statusCode ?? 502;
    const headers = [...responseHeaders(response, request), 'Connection', 'close'];
    socket.write(rawHead(status, response.statusMessage, headers), 'latin1');
    observer.responseHead({ status, headers: response.headers }, monotonicUs());
    response.on('data', (bytes: Buffer) => {
      this.timer?.refresh();
      this.passedBytes += bytes.length;
      observer.responseRead(bytes, monotonicUs());
    });
    response.on('error', (error) => this.fail(error));
    response.once('end', () => this.complete());
    response.pipe(socket, { end: false });
  }

  private complete(): void {
    if (this.ending) return;
    this.ending = { how: 'complete' };
    endConnection(this.parts.socket);
  }

  private fail(error: Error): void {
    if (this.hasEnded || this.ending) return;
    const { socket, upstream } = this.parts;
    const problem = connectionProblem(upstream, error);
    this.ending = {
      how: this.isSent ? 'upstream-reset' : 'unreachable',
      message: problem.detail,
    };
    if (this.isAnswered) socket.destroy();
    else sendRawProblem(socket, problem);
  }

  private end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.timer);
    this.outgoing?.destroy();
    const ending = this.ending ?? { how: 'complete' };
    // What the agent said last is still delivered, unless it broke.
    if (ending.how === 'complete') this.upstreamSocket?.destroySoon();
    else this.upstreamSocket?.destroy();
    const isWhole = this.parts.socket.writableLength === 0;
    this.parts.observer.ended(ending, { bytes: this.passedBytes, isWhole }, monotonicUs());
    this.parts.onEnded();
  }
}
