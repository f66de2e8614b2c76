/** What is remembered of a call that an SDK sends: which of its tokens have come, and the beginnings of secrets. */
import type { TokenKind } from '../../../model/tokens.js';
import { type EpochMicroseconds, type Microseconds, microseconds } from '../../../model/units.js';
import type { LoggedToken, TraceEvent } from '../../../store/log/traceEvent.js';
import type { CompleteText, Redaction, TokenRedactor } from '../../../redaction/redaction.js';
import { type Sent, tokenKinds } from './eventSchemas.js';
import { SeenIndexes } from './seenIndexes.js';

type SentToken = Sent<'llm_tokens'>['tokens'][number];

interface TokenInMaking {
  readonly index: number;
  readonly offsetUs: Microseconds;
  readonly kind: TokenKind;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  text: string;
}

export class SentCall {
  /** Null until its start has come. */
  startedAtUs: EpochMicroseconds | null = null;
  private ended = false;
  private givenUp = false;
  private latestUs = 0;
  private nextIndex = 0;
  private readonly seen = new SeenIndexes();
  private readonly channels: Channels;
  /** Of the line that is being read. */
  private making = new Map<number, TokenInMaking>();
  /** Texts of tokens of earlier lines that are complete now. */
  private completed = new Map<number, string>();

  constructor(
    private readonly id: string,
    private readonly redaction: Redaction,
  ) {
    this.channels = new Channels(redaction, this.complete);
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  /** Neither ended nor given up. */
  get isOpen(): boolean {
    return !this.ended && !this.givenUp;
  }

  /** Those that have not come before. */
  tokens(sent: Sent<'llm_tokens'>, arrivedAtUs: EpochMicroseconds): TraceEvent[] {
    this.givenUp = false;
    // What comes behind later tokens does not go on with their texts.
    const late = new Channels(this.redaction, this.complete);
    let index = sent.first_index;
    for (const token of sent.tokens) {
      index = token.index ?? index;
      if (this.seen.add(index)) {
        this.add(index, token, arrivedAtUs, index < this.nextIndex ? late : this.channels);
        this.nextIndex = Math.max(this.nextIndex, index + 1);
      }
      index++;
    }
    late.end(true);
    return this.takeEvents();
  }

  /**
   * What was held back of its texts. `isCut`: the call did not end by itself, so that what may be the beginning
   * of a secret is taken for one.
   */
  end(isCut: boolean): TraceEvent[] {
    this.ended = true;
    this.channels.end(isCut);
    return this.takeEvents();
  }

  /** What was held back of its texts. Whatever comes after all is taken, also its end. */
  giveUp(): TraceEvent[] {
    this.givenUp = true;
    this.channels.end(true);
    return this.takeEvents();
  }

  /** Until its last token. */
  get heardUs(): Microseconds {
    return microseconds(this.latestUs);
  }

  durationUntil(endUs: EpochMicroseconds): Microseconds {
    const { startedAtUs, latestUs } = this;
    return microseconds(startedAtUs === null ? latestUs : Math.max(latestUs, endUs - startedAtUs));
  }

  private add(
    index: number,
    { token, kind: kindName, offset_us, timestamp_us, metadata }: SentToken,
    arrivedAtUs: EpochMicroseconds,
    channels: Channels,
  ): void {
    const kind = tokenKinds.indexOf(kindName) as TokenKind;
    const offsetUs = microseconds(offset_us ?? this.offsetOf(timestamp_us ?? arrivedAtUs));
    this.latestUs = Math.max(this.latestUs, offsetUs);
    const made: TokenInMaking = {
      ...{ index, kind, offsetUs, text: '' },
      metadata: metadata && (this.redaction.value(metadata) as typeof metadata),
    };
    this.making.set(index, made);
    made.text = channels.add(kind, index, token);
  }

  /** Of a time of the wall clock; 0 for tokens that came before the start of their call. */
  private offsetOf(atUs: number): number {
    return this.startedAtUs === null ? 0 : Math.max(0, atUs - this.startedAtUs);
  }

  private readonly complete: CompleteText = (index, text) => {
    const made = this.making.get(index);
    if (made) made.text = text;
    else this.completed.set(index, text);
  };

  private takeEvents(): TraceEvent[] {
    const came: { firstIndex: number; tokens: LoggedToken[] }[] = [];
    for (const { index, offsetUs, kind, text, metadata } of this.making.values()) {
      const token: LoggedToken = metadata
        ? [offsetUs, kind, text, metadata]
        : [offsetUs, kind, text];
      const last = came.at(-1);
      if (last && last.firstIndex + last.tokens.length === index) last.tokens.push(token);
      else came.push({ firstIndex: index, tokens: [token] });
    }
    const texts = [...this.completed];
    this.making = new Map();
    this.completed = new Map();
    return [
      ...came.map((tokens) => ({ type: 'tokens', callId: this.id, ...tokens }) as const),
      ...texts.map(
        ([index, text]) => ({ type: 'token-text', callId: this.id, index, text }) as const,
      ),
    ];
  }
}

/** A secret is spread over tokens of one kind: others come in between. */
class Channels {
  private readonly redactors = new Map<TokenKind, TokenRedactor>();

  constructor(
    private readonly redaction: Redaction,
    private readonly complete: CompleteText,
  ) {}

  add(kind: TokenKind, index: number, text: string): string {
    let redactor = this.redactors.get(kind);
    if (!redactor) this.redactors.set(kind, (redactor = this.redaction.stream(this.complete)));
    return redactor.add(index, text);
  }

  end(isCut: boolean): void {
    for (const redactor of this.redactors.values()) redactor.end(isCut);
    this.redactors.clear();
  }
}
