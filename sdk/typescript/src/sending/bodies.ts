/** Bodies of requests, made of what waits; in slices, so that the agent's loop is not held. */
import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { lineOfEvent, linesOfBatch } from './lines.js';
import type { TokenBatch } from './outbox.js';
import type { Queue } from './queue.js';
import { type QueuedEvent, isBatch } from './queuedItem.js';
import type { Reports } from './reports.js';

const longestTurnMs = 1;

export interface Body {
  readonly lines: Buffer;
  /** Of the last item that is whole with it and those before. */
  readonly sequence: number;
}

export class Bodies {
  private made: Body[] = [];
  private pieces: Buffer[] = [];
  private pieceBytes = 0;
  /** What its lines are made of now: they may need several bodies. */
  private current: QueuedEvent | TokenBatch | null = null;
  private lines = this.linesOfQueue();

  constructor(
    private readonly queue: Queue,
    private readonly reports: Reports,
  ) {}

  get isEmpty(): boolean {
    return this.heldBytes === 0 && this.current === null && this.queue.isEmpty;
  }

  /** Out of the queue, and not done. */
  get heldBytes(): number {
    return this.made.reduce((sum, { lines }) => sum + lines.length, this.pieceBytes);
  }

  /** The oldest, until it is done; null when nothing waits. */
  async next(mostBytes: number): Promise<Body | null> {
    if (this.made.length > 0) return this.made[0] ?? null;
    let turnSince = performance.now();
    while (this.pieceBytes < mostBytes && this.addLine()) {
      if (performance.now() - turnSince < longestTurnMs) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      turnSince = performance.now();
    }
    this.finishBody();
    return this.made[0] ?? null;
  }

  done(): void {
    this.made.shift();
  }

  /** The oldest is too large. False: it cannot be smaller. */
  split(): boolean {
    const [first, ...others] = this.made;
    const halves = first && halvesOf(first.lines);
    if (!halves) return false;
    const { sequence } = first;
    this.made = [{ lines: halves[0], sequence: 0 }, { lines: halves[1], sequence }, ...others];
    return true;
  }

  /** All that waits, at once: there will be no other turn of the loop. */
  takeAll(): Buffer {
    while (this.addLine());
    this.finishBody();
    const all = Buffer.concat(this.made.map(({ lines }) => lines));
    this.made = [];
    return all;
  }

  clear(): void {
    this.queue.clear();
    this.made = [];
    this.pieces = [];
    this.pieceBytes = 0;
    this.current = null;
    this.lines = this.linesOfQueue();
  }

  private addLine(): boolean {
    const { value: line, done } = this.lines.next();
    if (done) {
      this.lines = this.linesOfQueue();
      return false;
    }
    const piece = Buffer.from(line);
    this.pieces.push(piece);
    this.pieceBytes += piece.length;
    return true;
  }

  private finishBody(): void {
    if (this.pieces.length === 0) return;
    const sequence = this.queue.takenSequence - (this.current === null ? 0 : 1);
    this.made.push({ lines: Buffer.concat(this.pieces), sequence });
    this.pieces = [];
    this.pieceBytes = 0;
  }

  private *linesOfQueue(): Generator<string, undefined> {
    while ((this.current = this.queue.take()) !== null) {
      try {
        if (isBatch(this.current)) yield* linesOfBatch(this.current);
        else yield lineOfEvent(this.current);
      } catch (error) {
        this.reports.unsendable(error);
      }
    }
  }
}

/** At the end of a line; null when it is only one. */
export function halvesOf(lines: Buffer): readonly [Buffer, Buffer] | null {
  const lineFeed = 0x0a;
  const middle = Math.floor(lines.length / 2);
  const before = lines.lastIndexOf(lineFeed, middle);
  const end = before >= 0 ? before : lines.indexOf(lineFeed, middle);
  if (end < 0 || end === lines.length - 1) return null;
  return [lines.subarray(0, end + 1), lines.subarray(end + 1)];
}
