/**
 * Between what records (trace, streams) and what sends. Whatever is called here neither throws nor waits nor does
 * any I/O before it returns.
 */
import type { WireEvent, WireToken } from '../wire.js';

/** Tokens of one call that came one after the other; made into a line only when it is sent. */
export interface TokenBatch {
  readonly callId: string;
  readonly firstIndex: number;
  /** For the bound of memory: an estimate of what this batch holds. */
  readonly bytes: number;
  readonly count: number;
  /** Called once at most, when the batch is sent or spooled. */
  toWireTokens(): readonly WireToken[];
}

/** A stream that is open, or a step's progress: the newest of it may wait in a buffer of its own. */
export interface OpenStream {
  /** Puts what waits into the outbox; asked every 100 ms, on flush, and before the process ends. */
  seal(): void;
  /** The process ends: ends a call as interrupted. */
  interrupt(reason: string): void;
}

export interface Outbox {
  /** False: nothing will be sent (no endpoint, or switched off), so that nothing need be recorded. */
  readonly enabled: boolean;
  /** All events but tokens, in the order in which they happened. */
  put(event: Exclude<WireEvent, { type: 'llm_tokens' }>): void;
  putTokens(batch: TokenBatch): void;
  /** From the first token that waits on, until `closeStream`. */
  openStream(stream: OpenStream): void;
  closeStream(stream: OpenStream): void;
  /** Runs that are open: ended as failed before the process ends. */
  openRun(run: { interrupt(): void }): void;
  closeRun(run: { interrupt(): void }): void;
  /** Resolves when all that was put until now is acknowledged (true) or the time is over (false). Never rejects. */
  flush(timeoutMs?: number): Promise<boolean>;
}
