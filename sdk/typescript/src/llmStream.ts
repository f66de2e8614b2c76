import { randomUUID } from 'node:crypto';
import type { LlmEnd, LlmRequest, LlmStream, TokenOptions } from './api.js';
import { putCallEnd, putCallStart } from './calls.js';
import { monotonicUs } from './clock.js';
import { type Place, setPlace } from './context.js';
import { asyncDispose, dispose } from './disposing.js';
import { errorCode } from './errors.js';
import { givenToken, longestToken } from './givenToken.js';
import type { OpenStream } from './sending/outbox.js';
import { labelOf } from './texts.js';
import { TokenStore } from './tokenStore.js';
import { safely, warnUnrecorded } from './warnings.js';

export class RecordedStream implements LlmStream, OpenStream {
  readonly id = randomUUID();
  private readonly startedUs = monotonicUs();
  /** Undefined: the call is over. Whoever still holds the stream holds nothing of what came. */
  private tokens: TokenStore | undefined;
  private firstChunkUs: number | undefined;
  private failure: { readonly error: unknown; readonly code: string } | undefined;

  constructor(
    private readonly around: Place,
    request: LlmRequest,
  ) {
    const { run } = around;
    setPlace(this, { run, id: this.id });
    this.tokens = new TokenStore(this.id, run.destination);
    putCallStart(around, request, {
      ...{ id: this.id, startedUs: this.startedUs, streaming: true },
      sampleRate: this.tokens.sampleRate,
    });
    run.destination.outbox.openStream(this);
  }

  get callId(): string {
    return this.id;
  }

  get hasEnded(): boolean {
    return this.tokens === undefined;
  }

  addToken(text: string, options?: TokenOptions): void {
    const offsetUs = monotonicUs() - this.startedUs;
    const { tokens } = this;
    if (tokens === undefined) return;
    try {
      // What is almost always given: there is nothing to look at.
      if (options === undefined && typeof text === 'string' && text.length <= longestToken / 2) {
        if (text !== '') tokens.add(text, offsetUs, undefined, undefined);
      } else {
        const token = givenToken(text, options);
        if (token) tokens.add(token.text, offsetUs, token.kind, token.metadata);
      }
    } catch (error) {
      warnUnrecorded(error);
    }
  }

  firstChunk(): void {
    this.firstChunkUs ??= monotonicUs() - this.startedUs;
  }

  error(error: unknown, code?: string): void {
    safely(undefined, () => {
      if (this.hasEnded) return;
      this.failure = { error, code: labelOf(code, 'A code') ?? errorCode(error) };
      this.around.run.shownErrors.add(error);
    });
  }

  end(end?: LlmEnd): void {
    safely(undefined, () => this.finish(end ?? {}));
  }

  seal(): void {
    safely(undefined, () => this.tokens?.seal());
  }

  interrupt(reason: string): void {
    this.error(reason, 'INTERRUPTED');
    this.end();
  }

  [dispose](): void {
    this.end();
  }

  [asyncDispose](): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  private finish(end: LlmEnd): void {
    const { tokens, failure } = this;
    if (tokens === undefined) return;
    this.tokens = this.failure = undefined;
    const { destination } = this.around.run;
    const durationUs = monotonicUs() - this.startedUs;
    putCallEnd(destination, end, {
      ...{ id: this.id, durationUs, firstChunkUs: this.firstChunkUs },
      ...{ failure, counted: tokens.end() },
    });
    destination.outbox.closeStream(this);
  }
}
