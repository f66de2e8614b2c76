/** A request to go on in another protocol (WebSocket): once the upstream agrees, bytes pass untouched both ways. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { monotonicUs } from '../clock.js';
import type { ExchangeEnding, ExchangeObserver } from '../exchange.js';
import { sendRawProblem } from '../server/problem.js';
import { connectionProblem } from './exchangeProblems.js';
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
  /** Comes exactly once. */
  readonly onEnded: () => void;
}

export class UpgradedExchange {
  private outgoing: ClientRequest | undefined;
  private upstreamSocket: Socket | undefined;
  private ending: ExchangeEnding | undefined;
  private isSent = false;
  private hasEnded = false;
  private passedBytes = 0;

  constructor(private readonly parts: UpgradeParts) {}

  start(): void {
    const { request, socket, upstream, target } = this.parts;
    socket.on('error', () => (this.ending ??= { how: 'client-abort' }));
    socket.once('close', () => this.end());
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

  private wasSent(): void {
    if (this.isSent || this.hasEnded) return;
    this.isSent = true;
    this.parts.observer.requestSent(monotonicUs());
    this.parts.observer.requestBody(Buffer.alloc(0), false);
  }

  private join(response: IncomingMessage, upstreamSocket: Socket, upstreamHead: Buffer): void {
    const { socket, head, observer } = this.parts;
    if (this.hasEnded) return void upstreamSocket.destroy();
    this.upstreamSocket = upstreamSocket;
    upstreamSocket.setTimeout(0);
    upstreamSocket.setNoDelay(true);
    const status = response.statusCode ?? 101;
    socket.write(rawHead(status, response.statusMessage, response.rawHeaders), 'latin1');
    if (upstreamHead.length > 0) upstreamSocket.unshift(upstreamHead);
    if (head.length > 0) upstreamSocket.write(head);
    upstreamSocket.on('data', (bytes: Buffer) => (this.passedBytes += bytes.length));
    upstreamSocket.on('error', (error) => {
      const message = connectionProblem(this.parts.upstream, error).detail;
      this.ending ??= { how: 'upstream-reset', message };
    });
    upstreamSocket.once('close', () => (this.ending ? socket.destroy() : socket.end()));
    upstreamSocket.pipe(socket);
    socket.pipe(upstreamSocket);
    const { headers } = response;
    observer.upgraded({ status, headers }, monotonicUs());
  }

  /** The upstream answered without an upgrade: its response, and then the connection is closed. */
  private passRefusal(response: IncomingMessage): void {
    const { request, socket, observer } = this.parts;
    const status = response.statusCode ?? 502;
    const headers = [...responseHeaders(response, request), 'Connection', 'close'];
    socket.write(rawHead(status, response.statusMessage, headers), 'latin1');
    observer.responseHead({ status, headers: response.headers }, monotonicUs());
    response.on('data', (bytes: Buffer) => {
      this.passedBytes += bytes.length;
      observer.responseRead(bytes, monotonicUs());
    });
    response.on('error', (error) => this.fail(error));
    response.pipe(socket);
  }

  private fail(error: Error): void {
    if (this.hasEnded || this.ending) return;
    const { socket, upstream } = this.parts;
    const problem = connectionProblem(upstream, error);
    this.ending = {
      how: this.isSent ? 'upstream-reset' : 'unreachable',
      message: problem.detail,
    };
    if (this.isSent) socket.destroy();
    else sendRawProblem(socket, problem);
  }

  private end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
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
