/** The tokens of one call: numbered, timed, and without the secrets in them. */
import { type TokenKind } from '../../model/tokens.js';
import { type Microseconds, microseconds } from '../../model/units.js';
import type { LoggedToken, TraceEvent } from '../../store/log/traceEvent.js';
import type { Redaction, TokenRedactor } from '../../redaction/redaction.js';
import type { TokenPart } from '../wire/wireFormat.js';
import type { ChoiceTexts } from './choiceTexts.js';

/** Texts of tokens whose event has not been emitted yet can still be changed. */
type Unsent = [Microseconds, TokenKind, string, Readonly<Record<string, unknown>>?];

/** Of a response with more choices and tool calls than any has, the oldest channel is taken for cut off. */
const mostChannels = 1_000;

export class CallTokens {
  count = 0;
  /** Tokens of the vocabulary, where every piece said how many it holds. */
  private vocabularyTokens: number | null = 0;
  private unsent: Unsent[] = [];
  private sentCount = 0;
  /** One for each channel: what is said in one does not go on in another. */
  private readonly redactors = new Map<string, TokenRedactor>();
  private lastUs = 0;

  constructor(
    private readonly callId: string,
    private readonly redaction: Redaction,
    private readonly emit: (event: TraceEvent) => void,
    /** Null when there is one choice. */
    private readonly choices: ChoiceTexts | null,
  ) {}

  add(part: TokenPart, offsetUs: number): void {
    const index = this.count++;
    const metadata = part.metadata && this.redaction.value(part.metadata);
    const text = this.redactorOf(part).add(index, part.text);
    // Never decreasing, as a trace wants it; in whole µs, as it stores it.
    this.lastUs = Math.max(this.lastUs, Math.round(offsetUs));
    const atUs = microseconds(this.lastUs);
    this.unsent.push(
      metadata === undefined
        ? [atUs, part.kind, text]
        : [atUs, part.kind, text, metadata as Readonly<Record<string, unknown>>],
    );
    this.choices?.add(index, part, text);
    this.vocabularyTokens =
      this.vocabularyTokens === null || part.vocabularyTokens === undefined
        ? null
        : this.vocabularyTokens + part.vocabularyTokens;
  }

  /** Emits those that were added since. */
  send(readIndex: number): void {
    if (this.unsent.length === 0) return;
    const tokens: readonly LoggedToken[] = this.unsent;
    const firstIndex = this.sentCount;
    this.sentCount += tokens.length;
    this.unsent = [];
    this.emit({ type: 'tokens', callId: this.callId, firstIndex, readIndex, tokens });
  }

  /** Completes the texts of which something was withheld. */
  end(isCut: boolean): void {
    for (const redactor of this.redactors.values()) redactor.end(isCut);
  }

  /** By their log probabilities; null when nobody said how many they are. */
  get counted(): number | null {
    return this.count > 0 ? this.vocabularyTokens : null;
  }

  /** The choices, put together; undefined when there is one. */
  response(): string | undefined {
    return this.choices?.response();
  }

  private redactorOf({ kind, metadata }: TokenPart): TokenRedactor {
    const channel = `${kind} ${metadata?.choice ?? 0} ${metadata?.toolCall ?? ''}`;
    const known = this.redactors.get(channel);
    if (known) return known;
    const [oldest, redactorOfOldest] = this.redactors.entries().next().value ?? [];
    if (oldest !== undefined && this.redactors.size >= mostChannels) {
      redactorOfOldest?.end(true);
      this.redactors.delete(oldest);
    }
    const redactor = this.redaction.stream((index, text) => this.complete(index, text));
    this.redactors.set(channel, redactor);
    return redactor;
  }

  private complete(index: number, text: string): void {
    const token = this.unsent[index - this.sentCount];
    if (token) token[2] = text;
    else this.emit({ type: 'token-text', callId: this.callId, index, text });
    this.choices?.complete(index, text);
  }
}
