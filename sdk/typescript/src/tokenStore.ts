/** What is kept of the tokens of one call: all, some, or only their figures. */
import type { Destination } from './context.js';
import { Sampling } from './sampling.js';
import { RunningStatistics } from './statistics.js';
import { type Token, TokenBuffer } from './tokenBuffer.js';
import type { CallStatistics, TokenKind } from './wire.js';

export interface CountedTokens {
  readonly received: number;
  readonly statistics: CallStatistics;
  /** The visible text, if it is stored. */
  readonly response: string | undefined;
}

export class TokenStore {
  /** Undefined: all are kept. */
  readonly sampleRate: number | undefined;
  private readonly sampling: Sampling | undefined;
  private readonly statistics: RunningStatistics | undefined;
  private readonly buffer: TokenBuffer;
  private count = 0;
  /** Not taken; unless another one follows, it is the last of the call. */
  private leftOut: Token | undefined;

  constructor(callId: string, { settings, outbox }: Destination) {
    const rate = settings.storeTokens ? settings.tokenSampleRate : 0;
    this.buffer = new TokenBuffer(callId, (batch) => outbox.putTokens(batch));
    if (rate === 1) return;
    this.sampleRate = rate;
    this.statistics = new RunningStatistics(settings.storeResponses);
    if (settings.storeTokens) this.sampling = new Sampling(callId, rate);
  }

  add(
    text: string,
    offsetUs: number,
    kind: TokenKind | undefined,
    metadata: Token['metadata'],
  ): void {
    const index = this.count++;
    if (this.statistics === undefined) {
      this.buffer.add(index, text, offsetUs, kind, metadata);
      return;
    }
    this.statistics.add(text, kind, offsetUs);
    if (this.sampling === undefined) return;
    if (this.sampling.takes(index)) {
      this.leftOut = undefined;
      this.buffer.add(index, text, offsetUs, kind, metadata);
    } else {
      this.leftOut = { index, text, offsetUs, kind, metadata };
    }
  }

  seal(): void {
    this.buffer.seal();
  }

  /** No token follows. */
  end(): CountedTokens | undefined {
    const { leftOut, statistics } = this;
    if (leftOut) {
      const { index, text, offsetUs, kind, metadata } = leftOut;
      this.buffer.add(index, text, offsetUs, kind, metadata);
    }
    this.buffer.seal();
    if (statistics === undefined) return undefined;
    const { response } = statistics;
    return { received: statistics.count, statistics: statistics.figures(), response };
  }
}
