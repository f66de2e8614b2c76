/** A run in memory in which many calls stream at once among calls that have ended; it tells only what changed. */
import { GrowingColumns } from '../../src/model/growingColumns.js';
import { computeCallMetrics } from '../../src/model/metrics.js';
import { tokenRates } from '../../src/model/rates.js';
import { type Token, type TokenColumns, columnsOf, sliceColumns } from '../../src/model/tokens.js';
import {
  type Call,
  type RunDetail,
  type Step,
  type StepKey,
  runKey,
} from '../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../src/model/units.js';
import type { PageState } from '../../src/protocol/pageMessages.js';
import { SyntheticTrace, stallRule, stream } from './syntheticTrace.js';
import { type TraceSource, readyState } from './traceSource.js';

export interface StreamingOptions {
  readonly ended: number;
  readonly streaming: number;
  /** That each streaming call has at first. */
  readonly tokens: number;
}

const gapUs = 20_000;
const endedTokens = 40;

const words = (from: number, count: number): Token[] =>
  Array.from({ length: count }, (_, at) => ({
    offsetUs: microseconds((from + at + 1) * gapUs),
    text: `word${from + at}${(from + at) % 12 === 11 ? '\n' : ' '}`,
    kind: 0,
  }));

export class StreamingRun {
  private generation = 1;
  private steps: Step[];
  private readonly base: RunDetail;
  private readonly changedAt = new Map<StepKey, number>();
  private readonly tokens = new Map<StepKey, GrowingColumns>();
  private readonly streaming: StepKey[] = [];

  constructor({ ended, streaming, tokens }: StreamingOptions) {
    const trace = new SyntheticTrace('many agents');
    for (let at = 0; at < ended; at++) {
      trace.call(
        { name: at % 3 ? 'gpt-4o-mini' : 'claude-sonnet-4-5', startMs: at * 40 },
        stream(endedTokens, 200, () => 15),
      );
    }
    for (let at = 0; at < streaming; at++) {
      trace.call({ name: `agent-${at}`, startMs: ended * 40 + at }, columnsOf(words(0, tokens)));
    }
    const source = trace.source();
    this.base = source.run({ run: runKey(1) });
    this.steps = this.base.steps.map((step, at) => {
      const held = source.tokens({ call: step.key, from: 0, count: Infinity });
      this.tokens.set(step.key, new GrowingColumns(held));
      if (at < ended) return step;
      this.streaming.push(step.key);
      return asStreaming(step, held);
    });
  }

  /** Each streaming call gets so many tokens more; returns what the host tells the page. */
  grow(count: number): PageState {
    this.generation++;
    for (const key of this.streaming) {
      const columns = this.tokens.get(key);
      const from = columns?.view().count ?? 0;
      columns?.replaceFrom(from, columnsOf(words(from, count)));
    }
    this.steps = this.steps.map((step) => {
      const columns = this.tokens.get(step.key);
      if (!columns || !this.streaming.includes(step.key)) return step;
      this.changedAt.set(step.key, this.generation);
      return asStreaming(step, columns.view());
    });
    return readyState(this.source);
  }

  readonly source: TraceSource = ((): TraceSource => {
    const summary = () => this.summary();
    return {
      get summary() {
        return summary();
      },
      run: () => this.detail(),
      runChanges: ({ since }) => {
        const { steps, ...rest } = this.detail();
        const changed = steps.filter(({ key }) => (this.changedAt.get(key) ?? 0) > since);
        return { ...rest, changed, order: null };
      },
      tokens: ({ call, from, count }) => {
        const columns = this.columns(call);
        const to = Math.min(columns.count, from + count);
        const { generation } = this;
        return {
          ...sliceColumns(columns, from, to),
          ...{ generation, total: columns.count, from, revision: 1 },
        };
      },
      step: ({ step }) => ({
        key: step,
        sections: [
          { title: 'Request', format: 'text', text: 'Say words.', cutFrom: null },
          { title: 'Response', format: 'text', text: this.response(step), cutFrom: null },
          { title: 'Raw', format: 'json', text: '{}', cutFrom: null },
        ],
      }),
      rates: ({ calls, fromUs, toUs, bins }) => {
        const tokensPerSecond = new Float32Array(calls.length * bins);
        calls.forEach((key, row) => {
          const start = this.steps.find((step) => step.key === key)?.startUs ?? microseconds(0);
          tokenRates(this.columns(key), fromUs, toUs, bins, tokensPerSecond, row * bins, start);
        });
        return { generation: this.generation, tokensPerSecond };
      },
    };
  })();

  private columns(call: StepKey): TokenColumns {
    return this.tokens.get(call)?.view() ?? columnsOf([]);
  }

  private response(call: StepKey): string {
    return new TextDecoder().decode(this.columns(call).text);
  }

  private summary(): TraceSource['summary'] {
    const { generation } = this;
    return {
      ...{ generation, fileName: 'live.llmtrace', formatLabel: 'LLM Stream trace 1' },
      ...{ runs: [this.detail().run], notices: [] },
    };
  }

  private detail(): RunDetail {
    const ends = this.steps.map(({ startUs, call }) => startUs + (call?.metrics.lastTokenUs ?? 0));
    const lengthUs = microseconds(Math.max(...ends));
    // Runs now: so that the page's clock goes.
    const startedAtUs = epochMicroseconds(Date.now() * 1_000 - lengthUs);
    const run = { ...this.base.run, status: 'running' as const, endedAtUs: null, startedAtUs };
    return { ...this.base, generation: this.generation, run, lengthUs, steps: this.steps };
  }
}

function asStreaming(step: Step, columns: TokenColumns): Step {
  const unknown = { completionTokens: null, tokenCountSource: null, finishReason: null };
  const count = columns.count;
  const metrics = computeCallMetrics({
    ...{ columns, durationUs: null, ttfcUs: null, clockSource: 'proxy', stallRule },
    ...{ completionTokens: null, tokenCountSource: null, receivedTokens: count },
  });
  const call = {
    ...step.call,
    ...{ ...unknown, state: 'streaming', metrics, storedTokens: count, receivedTokens: count },
  } as Call;
  return { ...step, durationUs: null, call };
}
