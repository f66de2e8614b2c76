/**
 * One request and its response on their way through: what the upstream sends is given to the agent first, in the
 * same turn and the same pieces, and to the observer afterwards. An exchange ends when the agent's response is
 * closed; how it ended is settled before, by whichever side was first.
 */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Microseconds, Milliseconds } from '../../model/units.js';
import { monotonicUs } from '../clock.js';
import type { ExchangeEnding, ExchangeObserver } from '../exchange.js';
import { type Problem, sendProblem } from '../server/problem.js';
import { BodyCopy, type BodyRoom } from './bodyCopy.js';
import {
  connectionProblem,
  silenceProblem,
  stuckSentence,
  tooLargeProblem,
} from './exchangeProblems.js';
import { rawHead, requestHeaders, responseHeaders, trailersOf } from './headers.js';
import { PassedReads } from './passedReads.js';
import { type SocketReads, readsOf, whenConnected } from './socketReads.js';
import type { Upstream } from './upstream.js';

export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: Upstream;
  /** Path below the upstream's base URL, and query. */
  readonly target: string;
  readonly observer: ExchangeObserver;
  /** Of the request's body: what is larger is refused, and what is kept for the observer. */
  readonly bodyBytes: number;
  readonly keptBodyBytes: number;
  readonly bodyRoom: BodyRoom;
  readonly idleTimeoutMs: Milliseconds;
  /** How long the agent may leave what came unread. */
  readonly stuckMs: Milliseconds;
  /** Comes exactly once. */
  readonly onEnded: () => void;
}

/** A pooled connection that breaks later than this was not closed before the request came: it was at work. */
const staleWithinUs = 1_000_000;

/** How long an agent that reads slowly may keep an exchange open that is over. */
const lingerMs = 5_000;

/** Sends a head at once. `flushHeaders` would too, but as UTF-8, which changes what is not ASCII in it. */
const nothing = Buffer.alloc(0);

export class PassedExchange {
  private readonly body: BodyCopy;
  private readonly reads: PassedReads;
  private readonly left = (): void => this.finish();
  private outgoing: ClientRequest | undefined;
  private incoming: IncomingMessage | undefined;
  private socketReads: SocketReads | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stuckTimer: NodeJS.Timeout | undefined;
  private sentUs: Microseconds | undefined;
  private hasToldBody = false;
  private hasRetried = false;
  private hasFinished = false;
  private settled: { readonly ending: ExchangeEnding; readonly atUs: Microseconds } | undefined;
  /** What the connection to the upstream broke of. */
  private lastError: Error | undefined;

  constructor(private readonly parts: ExchangeParts) {
    this.body = new BodyCopy(parts.keptBodyBytes, parts.bodyRoom);
    this.reads = new PassedReads(parts.response, parts.observer);
  }

  start(): void {
    const { request, response, bodyBytes, idleTimeoutMs } = this.parts;
    response.once('close', this.left);
    // A response that waits behind another one on its connection is not told that it closed.
    request.socket.once('close', this.left);
    if (Number(request.headers['content-length'] ?? 0) > bodyBytes) return this.refuseBody();
    if (idleTimeoutMs > 0) this.timer = setTimeout(() => this.wasSilent(), idleTimeoutMs);
    request.on('data', (chunk: Buffer) => this.passBody(chunk));
    request.once('end', () => this.endBody());
    this.send();
  }

  /** Ends it at once, on both sides. */
  stop(): void {
    this.settle({ how: 'stopped' });
    this.parts.response.destroy();
    this.finish();
  }

  private send(): void {
    const { request, upstream, target } = this.parts;
    let outgoing: ClientRequest;
    try {
      const headers = requestHeaders(request, upstream.host);
      outgoing = upstream.open(request.method ?? 'GET', target, headers);
    } catch (thrown) {
      return this.isUnreachable(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
    this.outgoing = outgoing;
    outgoing.once('socket', (socket) => {
      this.socketReads = readsOf(socket);
      socket.setNoDelay(true);
      whenConnected(socket, outgoing.reusedSocket, () => this.wasSent(outgoing));
    });
    outgoing.on('information', ({ statusCode, statusMessage, rawHeaders }) =>
      this.passInformation(statusCode, statusMessage, rawHeaders),
    );
    outgoing.once('response', (incoming) => this.passHead(incoming));
    outgoing.on('drain', () => request.resume());
    outgoing.on('error', (error) => this.broke(outgoing, error));
    outgoing.write(nothing);
    for (const chunk of this.body.kept) outgoing.write(chunk);
    if (this.body.isWhole) outgoing.end();
  }

  private wasSent(outgoing: ClientRequest): void {
    if (this.sentUs !== undefined || this.settled || outgoing !== this.outgoing) return;
    this.sentUs = monotonicUs();
    this.parts.observer.requestSent(this.sentUs);
    if (this.body.isWhole) this.tellBody();
  }

  private passBody(chunk: Buffer): void {
    // Afterwards the rest is read and dropped, so that the agent comes to read our response.
    if (this.settled) return;
    this.body.add(chunk);
    if (this.body.bytes > this.parts.bodyBytes) return this.refuseBody();
    this.timer?.refresh();
    if (this.outgoing?.write(chunk) === false) this.parts.request.pause();
  }

  private endBody(): void {
    if (this.settled) return;
    this.body.isWhole = true;
    const trailers = trailersOf(this.parts.request);
    if (trailers.length > 0) this.outgoing?.addTrailers(trailers);
    this.outgoing?.end();
    if (this.sentUs !== undefined) this.tellBody();
  }

  private tellBody(): void {
    if (this.hasToldBody) return;
    this.hasToldBody = true;
    const isCut = this.body.isCut || !this.body.isWhole;
    this.parts.observer.requestBody(this.body.asOne(), isCut);
  }

  private refuseBody(): void {
    const problem = tooLargeProblem(this.parts.bodyBytes);
    this.fail(problem, { how: 'refused', status: problem.status, message: problem.detail });
  }

  /** 100 to an agent that waits for it, 103 and the like to everyone. */
  private passInformation(status: number, reason: string, headers: readonly string[]): void {
    const { request, response } = this.parts;
    this.timer?.refresh();
    if (this.settled || response.headersSent || request.httpVersion !== '1.1') return;
    if (status === 100 && request.headers.expect === undefined) return;
    response.socket?.write(rawHead(status, reason, headers), 'latin1');
  }

  private passHead(incoming: IncomingMessage): void {
    const { request, response, observer } = this.parts;
    if (this.settled) return void incoming.destroy();
    const atUs = this.socketReads?.atUs ?? monotonicUs();
    const status = incoming.statusCode ?? 502;
    try {
      response.sendDate = false;
      response.writeHead(status, incoming.statusMessage ?? '', responseHeaders(incoming, request));
    } catch (thrown) {
      // Node reads some heads that it would not write.
      this.lastError = thrown instanceof Error ? thrown : new Error(String(thrown));
      return this.cut();
    }
    this.incoming = incoming;
    response.write(nothing);
    this.tellBody();
    this.body.release();
    observer.responseHead({ status, headers: incoming.headers }, atUs);
    incoming.on('data', (chunk: Buffer) => this.passRead(incoming, chunk));
    incoming.once('end', () => this.endResponse(incoming));
    incoming.on('aborted', () => this.passRest(incoming));
    incoming.on('error', (error) => (this.lastError ??= error));
    incoming.once('close', () => this.cut());
    response.on('drain', () => {
      clearTimeout(this.stuckTimer);
      incoming.resume();
    });
  }

  private passRead(incoming: IncomingMessage, chunk: Buffer): void {
    if (this.settled) return;
    this.timer?.refresh();
    const canTakeMore = this.reads.pass(chunk, this.socketReads?.atUs ?? monotonicUs());
    if (canTakeMore) return;
    incoming.pause();
    clearTimeout(this.stuckTimer);
    this.stuckTimer = setTimeout(() => this.isStuck(), this.parts.stuckMs);
  }

  private isStuck(): void {
    this.settle({ how: 'timeout', message: stuckSentence(this.parts.stuckMs) });
    this.parts.response.destroy();
  }

  private endResponse(incoming: IncomingMessage): void {
    if (this.settled) return;
    const { response } = this.parts;
    const trailers = trailersOf(incoming);
    if (trailers.length > 0) response.addTrailers(trailers);
    response.end();
    this.settle({ how: 'complete' });
  }

  /** What had been read before the connection broke, and was held back because the agent reads slowly. */
  private passRest(incoming: IncomingMessage): void {
    let rest: unknown;
    while ((rest = incoming.read()) !== null) {
      if (Buffer.isBuffer(rest)) this.passRead(incoming, rest);
    }
  }

  private broke(outgoing: ClientRequest, error: Error): void {
    this.lastError ??= error;
    if (this.settled || this.incoming || outgoing !== this.outgoing) return;
    if (this.wasStale(outgoing, error)) {
      this.hasRetried = true;
      this.lastError = undefined;
      this.parts.upstream.closeIdle();
      this.send();
    } else if (this.sentUs === undefined) {
      this.isUnreachable(error);
    } else {
      this.cut();
    }
  }

  /** The upstream had closed a pooled connection while the request was under way to it: it never saw the request. */
  private wasStale({ reusedSocket }: ClientRequest, { code }: NodeJS.ErrnoException): boolean {
    const isYoung = monotonicUs() - (this.sentUs ?? 0) < staleWithinUs;
    const wasClosed = code === 'ECONNRESET' || code === 'EPIPE';
    return reusedSocket && wasClosed && isYoung && !this.hasRetried && !this.body.isCut;
  }

  private isUnreachable(error: Error): void {
    const problem = connectionProblem(this.parts.upstream, error);
    this.fail(problem, { how: 'unreachable', message: problem.detail });
  }

  /** Looks once more at what may have come while this process was busy, before it gives up. */
  private wasSilent(): void {
    const readUs = this.socketReads?.atUs;
    setImmediate(() => {
      // Or it is the agent that does not read.
      const isAlive = readUs !== this.socketReads?.atUs || this.incoming?.isPaused();
      if (isAlive) this.timer?.refresh();
      else this.giveUp();
    });
  }

  private giveUp(): void {
    const { upstream, idleTimeoutMs } = this.parts;
    const problem = silenceProblem(upstream, idleTimeoutMs);
    const ending = { how: 'timeout', message: problem.detail } as const;
    if (this.incoming) this.cut(ending);
    else this.fail(problem, ending);
  }

  /** Answers in the upstream's place. */
  private fail(problem: Problem, ending: ExchangeEnding): void {
    if (this.settled) return;
    this.settle(ending);
    sendProblem(this.parts.response, problem);
  }

  /** Ends the agent's connection as the upstream's has ended: never as if the response were whole. */
  private cut(
    ending: ExchangeEnding = {
      how: 'upstream-reset',
      message: connectionProblem(this.parts.upstream, this.lastError).detail,
    },
  ): void {
    if (this.settled) return;
    this.settle(ending);
    const { response } = this.parts;
    const { socket } = response;
    const tellsItsLength =
      response.chunkedEncoding || this.incoming?.headers['content-length'] !== undefined;
    if (!this.incoming || !socket) response.destroy();
    // What has been passed on is still delivered.
    else if (tellsItsLength) socket.destroySoon();
    else socket.resetAndDestroy();
  }

  /** Decides how the exchange ended; what happens on either side afterwards is a consequence. */
  private settle(ending: ExchangeEnding): void {
    if (this.settled) return;
    this.reads.flush();
    this.settled = { ending, atUs: this.endUs(ending) };
    clearTimeout(this.timer);
    clearTimeout(this.stuckTimer);
    // Else its connection goes back to the pool.
    const isOver = ending.how === 'complete' && this.body.isWhole;
    if (!isOver) this.outgoing?.destroy();
    this.timer = setTimeout(() => this.finish(), lingerMs);
    this.parts.request.resume();
  }

  private endUs({ how }: ExchangeEnding): Microseconds {
    return (how === 'complete' ? this.socketReads?.atUs : undefined) ?? monotonicUs();
  }

  private finish(): void {
    if (this.hasFinished) return;
    this.settle({ how: 'client-abort' });
    if (!this.settled) return;
    this.hasFinished = true;
    clearTimeout(this.timer);
    // An upstream that answered without reading the body may never read it.
    if (this.outgoing?.writableFinished === false) this.outgoing.destroy();
    const { request, response, observer, onEnded } = this.parts;
    response.removeListener('close', this.left);
    request.socket.removeListener('close', this.left);
    this.tellBody();
    this.body.release();
    observer.ended(this.settled.ending, this.reads.delivery(), this.settled.atUs);
    onEnded();
  }
}
