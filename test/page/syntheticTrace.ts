/** A trace made in memory, for the page's tests: the run of the design's pictures, or as many rows and tokens as wanted. */
import { computeCallMetrics } from '../../src/model/metrics.js';
import { tokenRates } from '../../src/model/rates.js';
import {
  type Token,
  type TokenColumns,
  TokenKind,
  columnsOf,
  sliceColumns,
} from '../../src/model/tokens.js';
import {
  type Call,
  type RunDetail,
  type RunSummary,
  type Step,
  type StepDetail,
  type StepKey,
  type StepType,
  runKey,
  stepKey,
} from '../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../src/model/units.js';
import type { TraceSource } from './traceSource.js';

export const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };
const noTokens = columnsOf([]);

/** A small seeded generator (Park–Miller), so that pictures are the same each time. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

interface StepOptions {
  readonly type: StepType;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs?: number | null;
  readonly parent?: Step;
  readonly between?: { readonly from: string; readonly to: string };
  readonly failed?: boolean;
  readonly summary?: string;
}

/** Collects steps and their tokens into one run. */
export class SyntheticTrace {
  private readonly steps: Step[] = [];
  private readonly columns = new Map<StepKey, TokenColumns>();

  constructor(
    private readonly name: string,
    private readonly generation = 1,
    /** Of all tokens; differs between traces whose earlier tokens differ. */
    private readonly revision = generation,
  ) {}

  step(options: StepOptions): Step {
    return this.add(options, null);
  }

  call(
    options: Omit<StepOptions, 'type' | 'durationMs'> & { readonly tailMs?: number },
    tokens: TokenColumns = noTokens,
    about: Partial<Call> = {},
  ): Step {
    const { tailMs = 20, ...rest } = options;
    const durationUs = microseconds((tokens.offsetUs[tokens.count - 1] ?? 0) + tailMs * 1_000);
    const received = about.receivedTokens ?? tokens.count;
    const call: Call = {
      model: options.name,
      provider: 'openai',
      wireFormat: 'openai-chat',
      streaming: true,
      state: 'completed',
      errorCode: null,
      errorMessage: null,
      httpStatus: 200,
      finishReason: 'stop',
      promptTokens: 812,
      completionTokens: received > 0 ? received : null,
      tokenCountSource: received > 0 ? 'usage' : null,
      clockSource: 'proxy',
      storedTokens: tokens.count,
      receivedTokens: received,
      sampleRate: 1,
      ...{ aggregated: false, aggregatedAtUs: null, rateCurve: null },
      metrics: computeCallMetrics({
        columns: tokens,
        durationUs,
        ttfcUs: null,
        completionTokens: received > 0 ? received : null,
        tokenCountSource: received > 0 ? 'usage' : null,
        clockSource: about.clockSource ?? 'proxy',
        receivedTokens: received,
        stallRule,
      }),
      ...about,
    };
    const step = this.add({ ...rest, type: 'llm_call', durationMs: durationUs / 1_000 }, call);
    this.columns.set(step.key, tokens);
    return step;
  }

  source(): TraceSource {
    const detail = this.runDetail();
    return {
      summary: {
        generation: this.generation,
        fileName: 'synthetic.llmtrace',
        formatLabel: 'LLM Stream trace 1',
        runs: [detail.run],
        notices: [],
      },
      run: () => detail,
      runChanges: () => null,
      tokens: ({ call, from: asked, count, revision: held }) => {
        const columns = this.columns.get(call) ?? noTokens;
        const { generation, revision } = this;
        const from = held === undefined || held === revision ? Math.min(asked, columns.count) : 0;
        const to = Math.min(columns.count, from + count);
        return {
          ...sliceColumns(columns, from, to),
          ...{ generation, total: columns.count, from, revision },
        };
      },
      step: ({ step }) => this.detail(step),
      rates: ({ calls, fromUs, toUs, bins }) => {
        const tokensPerSecond = new Float32Array(calls.length * bins);
        calls.forEach((key, row) => {
          const start = this.steps.find((step) => step.key === key)?.startUs ?? microseconds(0);
          const columns = this.columns.get(key) ?? noTokens;
          tokenRates(columns, fromUs, toUs, bins, tokensPerSecond, row * bins, start);
        });
        return { generation: this.generation, tokensPerSecond };
      },
    };
  }

  private add(options: StepOptions, call: Call | null): Step {
    const key = stepKey(this.steps.length + 1);
    const { durationMs = null } = options;
    const step: Step = {
      key,
      id: `step-${key}`,
      parentKey: options.parent?.key ?? null,
      depth: options.parent ? options.parent.depth + 1 : 0,
      type: options.type,
      name: options.name,
      status: null,
      failed: options.failed ?? call?.state === 'failed',
      startUs: microseconds(options.startMs * 1_000),
      durationUs: durationMs === null ? null : microseconds(durationMs * 1_000),
      summary: options.summary ?? '',
      between: options.between ?? null,
      call,
    };
    this.steps.push(step);
    return step;
  }

  private detail(key: StepKey): StepDetail {
    const step = this.steps.find((one) => one.key === key);
    const body = JSON.stringify({ model: step?.name, stream: true, messages: [] }, null, 2);
    const raw = JSON.stringify(step ?? null, null, 2);
    return {
      key,
      sections: step?.call
        ? [
            { title: 'Request', format: 'json', text: body, cutFrom: null },
            {
              title: 'Response',
              format: 'text',
              text: 'The parcel left the depot.',
              cutFrom: null,
            },
            { title: 'Raw', format: 'json', text: raw, cutFrom: null },
          ]
        : [
            { title: 'Input', format: 'json', text: '{"order": 1008}', cutFrom: null },
            { title: 'Output', format: 'json', text: '{"status": "in transit"}', cutFrom: null },
            { title: 'Raw', format: 'json', text: raw, cutFrom: null },
          ],
    };
  }

  private runDetail(): RunDetail {
    const ends = this.steps.map((step) => step.startUs + (step.durationUs ?? 0));
    const lengthUs = microseconds(Math.max(1, ...ends));
    const calls = this.steps.filter((step) => step.call);
    const startedAtUs = epochMicroseconds(1_772_460_131_000_000);
    const run: RunSummary = {
      key: runKey(1),
      id: 'run-1',
      name: this.name,
      status: 'completed',
      startedAtUs,
      endedAtUs: epochMicroseconds(startedAtUs + lengthUs),
      agentType: 'support',
      sessionId: null,
      userId: null,
      callCount: calls.length,
      tokenCount: calls.reduce((sum, step) => sum + (step.call?.storedTokens ?? 0), 0),
      errorCount: this.steps.filter((step) => step.failed).length,
    };
    const { generation, steps } = this;
    return { generation, run, metadata: null, steps, lengthUs, notices: [] };
  }
}

const sentence =
  'The parcel left the depot on Tuesday and was scanned once more in Leipzig , but the courier marked the address as incomplete . I can either ask them to try again tomorrow or refund the order now ; a refund takes three to five days to reach the card . Since you said that you need the adapter before Friday , I suggest a second delivery to the pick-up point in your street , which closes at eight . Shall I go ahead ?'.split(
    ' ',
  );

/** A stream of `count` tokens; `gapMs` says how long before each of them nothing came. */
export function stream(
  count: number,
  firstMs: number,
  gapMs: (position: number) => number,
  kindOf: (position: number) => TokenKind = () => TokenKind.text,
): TokenColumns {
  let timeMs = firstMs;
  const tokens: Token[] = [];
  for (let position = 0; position < count; position++) {
    if (position > 0) timeMs += gapMs(position);
    const word = sentence[position % sentence.length] ?? '';
    const text = position > 0 && !/^[.,;?]/.test(word) ? ` ${word}` : word;
    tokens.push({
      offsetUs: microseconds(Math.round(timeMs * 1_000)),
      text,
      kind: kindOf(position),
    });
  }
  return columnsOf(tokens);
}

/** The run of the design's pictures. */
export function pictureTrace(): TraceSource {
  const random = seeded(11);
  const trace = new SyntheticTrace('support ticket 1008');
  const triage = trace.step({ type: 'agent', name: 'Triage', startMs: 60, durationMs: 2_540 });
  trace.call(
    { name: 'gpt-4o-mini', startMs: 100, parent: triage },
    stream(45, 280, (at) => 20 + 60 * Math.abs(Math.sin(at / 4))),
  );
  trace.step({
    type: 'tool_call',
    name: 'lookup_order',
    startMs: 2_690,
    durationMs: 86,
    parent: triage,
  });
  trace.step({
    type: 'agent_handoff',
    name: 'hand-off to Billing',
    startMs: 2_800,
    parent: triage,
    between: { from: 'Triage', to: 'Billing' },
    summary: 'needs a refund',
  });
  const billing = trace.step({ type: 'agent', name: 'Billing', startMs: 2_900, durationMs: 7_000 });
  trace.call(
    { name: 'claude-sonnet-4-5', startMs: 2_950, parent: billing },
    stream(
      120,
      412,
      (at) =>
        at === 28
          ? 310
          : at === 62
            ? 1_700
            : at > 85 && at < 99
              ? 0.6
              : at === 85
                ? 780
                : 12 + random() * random() * 60,
      (at) => (at < 28 ? TokenKind.reasoning : TokenKind.text),
    ),
  );
  trace.call(
    { name: 'llama3.2:3b', startMs: 3_000, parent: billing },
    stream(212, 80, () => 16 + random() * 4),
  );
  trace.call({ name: 'gpt-4o-mini', startMs: 3_300, parent: billing, tailMs: 120 }, noTokens, {
    state: 'failed',
    errorCode: 'RATE_LIMIT',
    httpStatus: 429,
    errorMessage: 'Rate limit reached',
  });
  trace.step({ type: 'final_answer', name: 'final answer', startMs: 9_850, parent: billing });
  return trace.source();
}

/** `rows` calls one after the other, the first of `tokensInFirst` tokens and the others of 40. */
export function largeTrace(rows: number, tokensInFirst: number): TraceSource {
  const random = seeded(7);
  const trace = new SyntheticTrace('a large run');
  for (let row = 0; row < rows; row++) {
    const count = row === 0 ? tokensInFirst : 40;
    trace.call(
      { name: row % 3 ? 'gpt-4o-mini' : 'claude-sonnet-4-5', startMs: row * 400 },
      stream(count, 200 + random() * 300, () => 5 + random() * 30),
    );
  }
  return trace.source();
}
