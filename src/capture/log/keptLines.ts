/** Lines that could not be written yet, in their order, as many as fit; the oldest tokens go first. */
import { encodeEvent } from '../../store/log/logLines.js';
import type { TraceEvent } from '../../store/log/traceEvent.js';

interface Kept {
  readonly line: string;
  readonly bytes: number;
  /** 0 for what is no batch of tokens. */
  readonly tokens: number;
}

/** Some more are dropped than must be, so that not every single event goes through all of them. */
const keptShare = 0.9;

export class KeptLines {
  private kept: Kept[] = [];
  private total = 0;
  private dropped = 0;
  private takenDropped = 0;

  constructor(private readonly mostBytes: number) {}

  get count(): number {
    return this.kept.length;
  }

  get bytes(): number {
    return this.total;
  }

  /** Of the events that are kept. */
  get tokens(): number {
    return this.kept.reduce((sum, { tokens }) => sum + tokens, 0);
  }

  /** Tokens that had to be dropped, ever. */
  get droppedTokens(): number {
    return this.dropped;
  }

  /** Those that were dropped since this was asked the last time. */
  takeDropped(): number {
    const dropped = this.dropped - this.takenDropped;
    this.takenDropped = this.dropped;
    return dropped;
  }

  add(event: TraceEvent): void {
    const line = encodeEvent(event);
    const bytes = Buffer.byteLength(line);
    const tokens = event.type === 'tokens' ? event.tokens.length : 0;
    this.kept.push({ line, bytes, tokens });
    this.total += bytes;
    if (this.total <= this.mostBytes) return;
    this.drop(({ tokens: some }) => some > 0);
    this.drop(() => true);
  }

  /** The first ones: at least one, if there is any. */
  first(mostBytes: number): string[] {
    const lines: string[] = [];
    let bytes = 0;
    for (const { line, bytes: more } of this.kept) {
      if (bytes > 0 && bytes + more > mostBytes) break;
      lines.push(line);
      bytes += more;
    }
    return lines;
  }

  remove(count: number): void {
    for (const { bytes } of this.kept.splice(0, count)) this.total -= bytes;
  }

  /** Of those that may be dropped the oldest, until the rest fits. */
  private drop(mayGo: (kept: Kept) => boolean): void {
    const goal = this.mostBytes * keptShare;
    if (this.total <= this.mostBytes) return;
    this.kept = this.kept.filter((kept) => {
      if (this.total <= goal || !mayGo(kept)) return true;
      this.total -= kept.bytes;
      this.dropped += kept.tokens;
      return false;
    });
  }
}
