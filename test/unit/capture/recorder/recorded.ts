/** A recorder without a proxy: exchanges are told to it by hand, and what it says is kept. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type {
  Delivery,
  ExchangeEnding,
  ExchangeObserver,
  RequestHead,
} from '../../../../src/capture/exchange.js';
import { Recorder } from '../../../../src/capture/recorder/recorder.js';
import { type Redaction, createRedaction } from '../../../../src/redaction/redaction.js';
import { TokenKind } from '../../../../src/model/tokens.js';
import { microseconds } from '../../../../src/model/units.js';
import type {
  CallDescribed,
  CallEnded,
  CallStarted,
  LoggedToken,
  TokensCame,
  TraceEvent,
} from '../../../../src/store/log/traceEvent.js';

const redactionByDefault = createRedaction({ useDefaults: true, keys: [], patterns: [] });

/** When a request comes, and when it is sent. */
export const cameUs = 5_000_000;
export const sentUs = cameUs + 1_500;

export class RecordedEvents {
  readonly events: TraceEvent[] = [];
  /** How many events each call of `append` brought. */
  readonly batches: number[] = [];
  readonly problems: string[] = [];
  readonly recorder: Recorder;
  onAppend: (events: readonly TraceEvent[]) => void = () => undefined;

  constructor(redaction: Redaction = redactionByDefault) {
    this.recorder = new Recorder({
      redaction,
      runName: 'own run',
      log: (line) => this.problems.push(line),
      sink: {
        append: (events) => {
          // As the log does: what is changed afterwards is not in the file.
          this.events.push(...(JSON.parse(JSON.stringify(events)) as TraceEvent[]));
          this.batches.push(events.length);
          this.onAppend(this.events);
          return true;
        },
      },
    });
  }

  begin(head: Partial<RequestHead> = {}): Exchange {
    const observer = this.recorder.begin(
      {
        ...{ method: 'POST', upstream: 'openai', path: '/chat/completions', query: '' },
        ...{ url: 'https://api.openai.com/v1/chat/completions', headers: {}, runName: null },
        ...head,
      },
      microseconds(cameUs),
    );
    return new Exchange(observer);
  }

  /** Until the recorder has worked off what it was told: on a busy machine, in more than one turn. */
  async settled(): Promise<this> {
    for (let turn = 0; turn < 50; turn++) await setImmediate();
    return this;
  }

  of<T extends TraceEvent['type']>(type: T): Extract<TraceEvent, { type: T }>[] {
    return this.events.filter(
      (event): event is Extract<TraceEvent, { type: T }> => event.type === type,
    );
  }

  get started(): CallStarted {
    return single(this.of('call-started'));
  }

  get ended(): CallEnded {
    return single(this.of('call-ended'));
  }

  /** What became known of the only call, each field as it was said last. */
  get described(): Partial<CallDescribed> {
    return Object.assign({}, ...this.of('call-described')) as Partial<CallDescribed>;
  }

  /** Everything that was said of the only call beside its columns. */
  get data(): Record<string, unknown> {
    const said = [this.started, ...this.of('call-described'), ...this.of('call-ended')];
    return Object.assign({}, ...said.map(({ data }) => data)) as Record<string, unknown>;
  }

  /** The tokens of a call as they are in the trace in the end. */
  tokens(callId = this.started.callId): LoggedToken[] {
    const tokens: LoggedToken[] = [];
    for (const event of this.events) {
      if (!('callId' in event) || event.callId !== callId) continue;
      if (event.type === 'tokens') place(tokens, event);
      if (event.type === 'token-text') {
        const [atUs, kind, , ...more] = tokens[event.index] ?? assert.fail('no such token');
        tokens[event.index] = [atUs, kind, event.text, ...more];
      }
    }
    return tokens;
  }

  text(kind: TokenKind = TokenKind.text, callId?: string): string {
    const tokens = callId === undefined ? this.tokens() : this.tokens(callId);
    return tokens.map((token) => (token[1] === kind ? token[2] : '')).join('');
  }
}

function place(tokens: LoggedToken[], { firstIndex, tokens: came }: TokensCame): void {
  assert.equal(firstIndex, tokens.length, 'tokens come in order');
  tokens.push(...came);
}

function single<T>(found: readonly T[]): T {
  const [first] = found;
  assert.ok(first !== undefined && found.length === 1, `${found.length} found`);
  return first;
}

/** Tells of one exchange; every read comes a millisecond after what was before. */
export class Exchange {
  private nowUs = sentUs;

  constructor(readonly observer: ExchangeObserver) {}

  sent(): this {
    this.observer.requestSent(microseconds(sentUs));
    return this;
  }

  asked(body: unknown, isCut = false): this {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    this.observer.requestBody(Buffer.from(text), isCut);
    return this;
  }

  head(status = 200, headers: Record<string, string> = eventStream): this {
    this.observer.responseHead({ status, headers }, this.later());
    return this;
  }

  reads(...reads: readonly (string | Uint8Array)[]): this {
    for (const read of reads) this.observer.responseRead(Buffer.from(read as string), this.later());
    return this;
  }

  ended(ending: ExchangeEnding = { how: 'complete' }, delivery: Partial<Delivery> = {}): this {
    this.observer.ended(ending, { bytes: 100, isWhole: true, ...delivery }, this.later());
    return this;
  }

  private later() {
    this.nowUs += 1_000;
    return microseconds(this.nowUs);
  }
}

export const eventStream = { 'content-type': 'text/event-stream; charset=utf-8' };
export const json = { 'content-type': 'application/json' };

export const event = (value: unknown): string =>
  `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;

/** A chunk of OpenAI's chat completions. */
export const chunk = (content: string, choice = 0): string =>
  event({ model: 'gpt-4o-2024', choices: [{ index: choice, delta: { content } }] });

export const finish = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
export const usage = event({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 3 } });
export const done = event('[DONE]');

export const question = {
  model: 'gpt-4o',
  stream: true,
  messages: [{ role: 'user', content: 'Hello?' }],
};
