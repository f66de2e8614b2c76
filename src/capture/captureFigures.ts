/** Counts what a capture records, whichever way it came in. */
import type { TraceEvent } from '../store/log/traceEvent.js';

const secondMs = 1_000;
/** Rates are those of the last whole slices of a second. */
const slices = 8;
const rateOverMs = 2 * secondMs;
const sliceMs = rateOverMs / slices;
/** Of calls that are never ended the oldest is forgotten. */
const mostOpen = 10_000;

export class CaptureFigures {
  calls = 0;
  /** Of all tokens that came, those that are stored. */
  storedTokens = 0;
  /** The others: left out on purpose. */
  sampledOutTokens = 0;
  private readonly open = new Set<string>();
  /** Tokens in each of the last slices, and the number of the slice that `recent` was written in last. */
  private readonly recent = new Uint32Array(slices);
  private lastSlice = 0;
  private lastNoteMs = 0;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  get activeStreams(): number {
    return this.open.size;
  }

  get tokens(): number {
    return this.storedTokens + this.sampledOutTokens;
  }

  /** Over the last two seconds. */
  get tokensPerSecond(): number {
    this.forgetOld();
    return this.recent.reduce((sum, count) => sum + count, 0) / (rateOverMs / secondMs);
  }

  /** How long nothing has been recorded. */
  get quietMs(): number {
    return this.nowMs() - this.lastNoteMs;
  }

  note(events: readonly TraceEvent[]): void {
    this.lastNoteMs = this.nowMs();
    for (const event of events) {
      if (event.type === 'call-started') {
        this.calls++;
        this.open.add(event.callId);
        if (this.open.size > mostOpen) this.open.delete(this.open.values().next().value ?? '');
      } else if (event.type === 'call-ended') {
        this.open.delete(event.callId);
      } else if (event.type === 'tokens') {
        this.storedTokens += event.tokens.length;
        this.noteTokens(event.tokens.length);
      }
    }
  }

  noteSampledOut(count: number): void {
    this.sampledOutTokens += count;
    this.noteTokens(count);
  }

  private noteTokens(count: number): void {
    const slice = this.forgetOld();
    this.recent[slice % slices] = (this.recent[slice % slices] ?? 0) + count;
  }

  /** Returns the number of the slice that it is now. */
  private forgetOld(): number {
    const slice = Math.floor(this.nowMs() / sliceMs);
    const passed = Math.min(slice - this.lastSlice, slices);
    for (let ago = 0; ago < passed; ago++) this.recent[(slice - ago) % slices] = 0;
    this.lastSlice = slice;
    return slice;
  }
}
