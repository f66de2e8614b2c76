/** What is remembered of a call that an SDK sends: which of its tokens have come, and the beginnings of secrets. */
import type { TokenKind } from '../../../model/tokens.js';
import { type EpochMicroseconds, type Microseconds, microseconds } from '../../../model/units.js';
import type { LoggedToken, TraceEvent } from '../../../store/log/traceEvent.js';
import type { Redaction } from '../../redaction/redaction.js';
import { type Sent, tokenKinds } from './eventSchemas.js';
import { SeenIndexes } from './seenIndexes.js';

type SentToken = Sent<'llm_tokens'>['tokens'][number];

export class SentCall {
  /** Null until its start has come. */
  startedAtUs: EpochMicroseconds | null = null;
  private ended = false;
  private latestUs = 0;
  private readonly seen = new SeenIndexes();

  constructor(
    private readonly id: string,
    private readonly redaction: Redaction,
  ) {}

  get hasEnded(): boolean {
    return this.ended;
  }

  /** Those that have not come before. */
  tokens(sent: Sent<'llm_tokens'>, arrivedAtUs: EpochMicroseconds): TraceEvent[] {
    const events: TokensCame[] = [];
    let index = sent.first_index;
    for (const token of sent.tokens) {
      index = token.index ?? index;
      if (this.seen.add(index)) this.add(events, index, this.logged(token, arrivedAtUs));
      index++;
    }
    return events;
  }

  /** What was held back of its texts. */
  end(): TraceEvent[] {
    this.ended = true;
    return [];
  }

  durationUntil(endUs: EpochMicroseconds): Microseconds {
    return microseconds(Math.max(this.latestUs, endUs - (this.startedAtUs ?? Infinity)));
  }

  private add(events: TokensCame[], index: number, token: LoggedToken): void {
    const last = events.at(-1);
    if (last && last.firstIndex + last.tokens.length === index) last.tokens.push(token);
    else events.push({ type: 'tokens', callId: this.id, firstIndex: index, tokens: [token] });
  }

  private logged(sent: SentToken, arrivedAtUs: EpochMicroseconds): LoggedToken {
    const offsetUs = sent.offset_us ?? this.offsetOf(sent.timestamp_us ?? arrivedAtUs);
    this.latestUs = Math.max(this.latestUs, offsetUs);
    const kind = tokenKinds.indexOf(sent.kind) as TokenKind;
    const { metadata } = sent;
    return metadata
      ? [microseconds(offsetUs), kind, sent.token, metadata]
      : [microseconds(offsetUs), kind, sent.token];
  }

  /** Of a time of the wall clock; 0 for tokens that came before the start of their call. */
  private offsetOf(atUs: number): number {
    return this.startedAtUs === null ? 0 : Math.max(0, atUs - this.startedAtUs);
  }
}

interface TokensCame {
  readonly type: 'tokens';
  readonly callId: string;
  readonly firstIndex: number;
  readonly tokens: LoggedToken[];
}
