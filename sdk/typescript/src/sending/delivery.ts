/** Brings what waits to the capture: one request at a time, the same again until it is answered. */
import type { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Answer } from './answer.js';
import { type Bodies, halvesOf } from './bodies.js';
import type { Endpoint } from './endpoint.js';
import { Pause } from './pause.js';
import type { Reports } from './reports.js';
import type { Spool } from './spool.js';

const firstRetryMs = 100;
const longestRetryMs = 5_000;
/** While somebody waits for it. */
const hurriedRetryMs = 250;
const strangerRetryMs = 30_000;
/** How often what came meanwhile is spooled. */
const spoolMs = 250;

interface Parts {
  readonly endpoint: Endpoint;
  readonly bodies: Bodies;
  /** Null: what waits stays in memory. */
  readonly spool: Spool | null;
  readonly reports: Reports;
  /** Told when nothing waits any more. */
  readonly onDone: () => void;
}

interface Parcel {
  readonly lines: Buffer;
  readonly origin: 'memory' | 'spool' | 'left';
  /** Of the last that is delivered with it. */
  readonly sequence: number;
}

type Failure = Extract<Answer, { kind: 'away' | 'insecure' | 'stranger' }>;

export class Delivery {
  /** The token is wrong: nothing will ever be delivered. */
  hasGivenUp = false;
  /** Lines that the capture will not have. */
  lostLines = 0;
  private deliveredSequence = 0;
  private spooledSequence = 0;
  private failures = 0;
  private isRunning = false;
  private mayFindLeft = true;
  private readonly pause = new Pause();
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly parts: Parts,
    private mostBytes: number,
  ) {}

  /** The last request failed. */
  get isAway(): boolean {
    return this.failures > 0;
  }

  /** All is with the capture. */
  get isDone(): boolean {
    const { bodies, spool } = this.parts;
    return bodies.isEmpty && (spool?.isEmpty ?? true);
  }

  /** Nothing is to be done, also not for others. */
  get isIdle(): boolean {
    return this.isDone && !this.isRunning;
  }

  start(): void {
    // A rejection that nobody handles would end the agent.
    if (!this.isRunning) this.run().catch((error: unknown) => this.parts.reports.unsendable(error));
  }

  /** Resolves when what was put until then is with the capture, or false when that fails or the time is over. */
  reached(sequence: number, timeoutMs: number): Promise<boolean> {
    this.pause.end();
    this.start();
    return new Promise((resolve) => {
      const check = (isOver: boolean): void => {
        const isReached = this.hasReached(sequence);
        if (!isReached && !isOver && !this.hasGivenUp) return;
        clearTimeout(timer);
        this.waiting.delete(notify);
        resolve(isReached);
      };
      // Keeps the process alive until then: nothing else of this does.
      const timer = setTimeout(() => check(true), timeoutMs);
      const notify = (): void => check(false);
      this.waiting.add(notify);
      notify();
    });
  }

  private hasReached(sequence: number): boolean {
    return this.deliveredSequence >= sequence || this.isIdle;
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    try {
      for (;;) {
        if (this.hasGivenUp) {
          await this.spoolAll();
          break;
        }
        const parcel = await this.next();
        if (!parcel) {
          this.parts.onDone();
          break;
        }
        await this.take(await this.parts.endpoint.post(parcel.lines), parcel);
        this.notify();
      }
    } finally {
      this.isRunning = false;
      this.notify();
    }
  }

  private notify(): void {
    for (const check of [...this.waiting]) check();
  }

  /** What was spooled is older than what waits; what others left can wait longest. */
  private async next(): Promise<Parcel | null> {
    const { spool, bodies } = this.parts;
    const spooled = await spool?.next(this.mostBytes);
    if (spooled) return { lines: spooled, origin: 'spool', sequence: 0 };
    this.delivered(this.spooledSequence);
    const body = await bodies.next(this.mostBytes);
    if (body) return { ...body, origin: 'memory' };
    const left = await this.nextLeft();
    return left ? { lines: left, origin: 'left', sequence: 0 } : null;
  }

  /** Once a capture has answered. */
  private async nextLeft(): Promise<Buffer | null> {
    const { spool } = this.parts;
    if (!spool || this.deliveredSequence === 0) return null;
    for (;;) {
      const lines = await spool.nextLeft(this.mostBytes);
      if (lines) return lines;
      if (!this.mayFindLeft) return null;
      this.mayFindLeft = await spool.findLeft();
    }
  }

  private async take(answer: Answer, parcel: Parcel): Promise<void> {
    const { bodies, reports } = this.parts;
    switch (answer.kind) {
      case 'accepted':
        this.failures = 0;
        this.lostLines += answer.rejected;
        reports.accepted(answer);
        this.advance(parcel);
        break;
      case 'too-large':
        if (parcel.origin === 'memory' ? bodies.split() : halvesOf(parcel.lines)) {
          this.mostBytes = Math.ceil(parcel.lines.length / 2);
        } else {
          this.leaveOut(parcel, 'too large');
        }
        break;
      case 'refused':
        this.leaveOut(parcel, answer.reason);
        break;
      case 'wrong-token':
        this.hasGivenUp = true;
        if (!this.parts.spool) bodies.clear();
        reports.wrongToken();
        break;
      default:
        await this.retryLater(answer);
    }
  }

  private leaveOut(parcel: Parcel, reason: string): void {
    this.lostLines++;
    this.parts.reports.refused(reason);
    this.advance(parcel);
  }

  private advance({ origin, lines, sequence }: Parcel): void {
    const { bodies, spool } = this.parts;
    if (origin === 'memory') bodies.done();
    else if (origin === 'spool') spool?.advance(lines.length);
    else spool?.advanceLeft(lines.length);
    this.delivered(sequence);
  }

  private delivered(sequence: number): void {
    this.deliveredSequence = Math.max(this.deliveredSequence, sequence);
  }

  private async retryLater(failure: Failure): Promise<void> {
    const now = performance.now();
    this.failures++;
    this.mayFindLeft = true;
    this.parts.reports.failed(failure, now);
    const retryAt = now + this.delayAfter(failure);
    for (;;) {
      if (this.parts.spool) await this.spoolAll();
      const leftMs = retryAt - performance.now();
      const pauseMs = this.parts.spool ? Math.min(leftMs, spoolMs) : leftMs;
      if (leftMs <= 0 || !(await this.pause.for(pauseMs))) return;
    }
  }

  private delayAfter(failure: Failure): number {
    const longest = this.waiting.size > 0 ? hurriedRetryMs : Infinity;
    if (failure.kind === 'stranger') return Math.min(strangerRetryMs, longest);
    const doubled = Math.min(longestRetryMs, firstRetryMs * 2 ** (this.failures - 1));
    // Many agents do not come back at the same moment.
    const delay = doubled * (0.5 + Math.random() / 2);
    const asked = failure.kind === 'away' ? (failure.retryAfterMs ?? 0) : 0;
    return Math.min(Math.max(delay, asked), longest);
  }

  private async spoolAll(): Promise<void> {
    const { bodies, spool } = this.parts;
    for (;;) {
      const body = await bodies.next(this.mostBytes);
      if (!body || !(await spool?.append(body.lines))) return;
      bodies.done();
      this.spooledSequence = body.sequence;
    }
  }
}
