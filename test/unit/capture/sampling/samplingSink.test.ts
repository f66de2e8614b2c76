import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SamplingSettings } from '../../../../src/capture/captureSettings.js';
import { SamplingSink } from '../../../../src/capture/sampling/samplingSink.js';
import { openReader } from '../../../../src/formats/registry.js';
import { Sampling } from '../../../../src/model/sampling.js';
import type { TokenKind } from '../../../../src/model/tokens.js';
import { type Call, stepKey } from '../../../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../../../src/model/units.js';
import type { SqlRow } from '../../../../src/store/database.js';
import { applyEvents } from '../../../../src/store/log/applyEvents.js';
import { interruptOpenCalls } from '../../../../src/store/log/interruptOpenCalls.js';
import type { LoggedToken, TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { aggregateCall } from '../../../../src/store/native/aggregation.js';
import { figureColumns } from '../../../../src/store/native/storedFigures.js';
import { TraceWriter } from '../../../../src/store/native/traceWriter.js';
import { openTrace } from '../../../../src/store/openTrace.js';
import { RecordedEvents } from '../recorder/recorded.js';
import { samples } from '../wire/samples/all.js';

const everything: SamplingSettings = {
  storeTokens: true,
  storeResponses: true,
  tokenSampleRate: 1,
};

const callStarted = (callId = 'call', sampleRate?: number): TraceEvent => ({
  ...{ type: 'call-started', callId, runId: 'run', name: 'model', streaming: true },
  ...{ clockSource: 'sdk', atUs: epochMicroseconds(1), request: '{"prompt":"asked"}' },
  ...(sampleRate !== undefined && { sampleRate }),
});

const token = (index: number, text = `t${index} `): LoggedToken => [
  ...([microseconds(1_000 * index), 0, text] as const),
];

const tokens = (firstIndex: number, count: number): TraceEvent => ({
  ...{ type: 'tokens', callId: 'call', firstIndex },
  tokens: Array.from({ length: count }, (_, position) => token(firstIndex + position)),
});

const callEnded: TraceEvent = {
  ...{ type: 'call-ended', callId: 'call', state: 'completed', durationUs: microseconds(1e6) },
};

interface Sampled {
  readonly events: TraceEvent[];
  readonly leftOut: number;
}

function sampled(
  settings: Partial<SamplingSettings>,
  ...batches: readonly (readonly TraceEvent[])[]
): Sampled {
  const events: TraceEvent[] = [];
  let leftOut = 0;
  const sink = new SamplingSink(
    { ...everything, ...settings },
    { append: (appended) => events.push(...appended) >= 0 },
    (count) => (leftOut += count),
  );
  for (const batch of batches) sink.append(batch);
  return { events, leftOut };
}

/** The rows of a trace of these events. */
async function stored(events: readonly TraceEvent[]) {
  const writer = await TraceWriter.create();
  try {
    applyEvents(writer, JSON.parse(JSON.stringify(events)) as TraceEvent[]);
    interruptOpenCalls(writer);
    const call = { ...writer.database.get('SELECT * FROM llm_calls') };
    const rows = writer.database.all(
      'SELECT token_index, token, offset_us, kind, read_index FROM llm_tokens ORDER BY token_index',
    );
    return {
      call,
      tokens: rows.map((row) => ({ ...row })),
      figures: Object.fromEntries(figureColumns.map((column) => [column, call[column]])),
      shape: shapeOf(call),
    };
  } finally {
    writer.close();
  }
}

const shapeOf = (call: SqlRow): unknown[] =>
  ['burst_count', 'gap_count', 'longest_gaps', 'rate_curve'].map((column) => call[column]);

/** What is kept of a call's gaps, bursts and rate when its tokens go. */
async function shapeOfAggregated(events: readonly TraceEvent[]): Promise<unknown[]> {
  const writer = await TraceWriter.create();
  try {
    applyEvents(writer, events);
    aggregateCall(writer, stepKey(1), epochMicroseconds(1));
    return shapeOf(writer.database.get('SELECT * FROM llm_calls') ?? {});
  } finally {
    writer.close();
  }
}

/** As whoever opens the trace sees it. */
async function readCall(events: readonly TraceEvent[]): Promise<Call> {
  const writer = await TraceWriter.create();
  applyEvents(writer, JSON.parse(JSON.stringify(events)) as TraceEvent[]);
  const bytes = writer.toBytes();
  writer.close();
  const source = { kind: 'bytes', bytes, fileName: 'sampled.llmtrace' } as const;
  const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };
  const trace = await openTrace({ source, openReader, stallRule });
  const [run] = trace.summary().runs;
  const call = run && trace.run(run.key).steps[0]?.call;
  trace.close();
  assert.ok(call);
  return call;
}

/** What a call without sampling would have shown as its response. */
const textOf = (rows: readonly Record<string, unknown>[], kinds: readonly number[]): string =>
  rows.map(({ kind, token }) => (kinds.includes(Number(kind)) ? String(token) : '')).join('');

async function assertSampledAlike(
  settings: Partial<SamplingSettings>,
  events: readonly TraceEvent[],
  callId: string,
): Promise<void> {
  const whole = await stored(events);
  const part = await stored(sampled(settings, events).events);
  const { tokenSampleRate = 1, storeTokens = true } = settings;
  const sampling = new Sampling(callId, tokenSampleRate);
  const count = whole.tokens.length;
  const expected = whole.tokens.filter(
    ({ token_index: index }) =>
      storeTokens && (sampling.takes(Number(index)) || Number(index) === count - 1),
  );
  assert.deepEqual(part.tokens, expected);
  assert.deepEqual(part.figures, whole.figures);
  assert.equal(part.call['chunk_count'], whole.call['chunk_count']);
  const response =
    whole.call['response'] ??
    (textOf(whole.tokens, [0, 2]) || textOf(whole.tokens, [3, 4]) || null);
  assert.equal(part.call['response'], response);
  assert.equal(part.call['request'], whole.call['request']);
}

describe('a capture that does not store all tokens', function () {
  this.timeout(20_000);

  for (const [name, ofFormat] of Object.entries(samples)) {
    it(`has the figures and the response of all of them: ${name}`, async () => {
      for (const { path, contentType, status = 200, body } of ofFormat) {
        const recorded = new RecordedEvents();
        const exchange = recorded.begin({ path }).sent().asked({ model: 'm', stream: true });
        exchange.head(status, { 'content-type': contentType });
        const bytes = Buffer.from(body);
        for (let at = 0; at < bytes.length; at += 40) exchange.reads(bytes.subarray(at, at + 40));
        exchange.ended();
        const { events, started } = await recorded.settled();
        await assertSampledAlike({ tokenSampleRate: 0.3 }, events, started.callId);
        await assertSampledAlike({ storeTokens: false }, events, started.callId);
      }
    });
  }

  it('has them whatever came, and in whatever parts', async () => {
    const anyToken = fc.record({
      text: fc.constantFrom('', 'a', 'Grüße ', '😀', 'sk-'),
      kind: fc.nat(6),
      gapUs: fc.nat(100_000),
      isWithheld: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyToken, { minLength: 1, maxLength: 6 }), { maxLength: 12 }),
        fc.oneof(fc.constantFrom(0, 0.1, 0.5, 0.999), fc.double({ min: 0, max: 1, noNaN: true })),
        fc.constantFrom('failed' as const, 'completed' as const),
        async (reads, tokenSampleRate, state) => {
          const events: TraceEvent[] = [callStarted()];
          let nowUs = 0;
          let count = 0;
          const withheld: TraceEvent[] = [];
          for (const [readIndex, read] of reads.entries()) {
            const firstIndex = count;
            const came = read.map(({ text, kind, gapUs, isWithheld }): LoggedToken => {
              const index = count++;
              nowUs += gapUs;
              const full = { type: 'token-text', callId: 'call', index, text } as const;
              if (isWithheld) withheld.push(full);
              return [microseconds(nowUs), kind as TokenKind, isWithheld ? '' : text];
            });
            events.push({ type: 'tokens', callId: 'call', firstIndex, readIndex, tokens: came });
            events.push(...withheld.splice(0, readIndex % 3));
          }
          const end = { ...callEnded, state, durationUs: microseconds(nowUs) } as TraceEvent;
          await assertSampledAlike({ tokenSampleRate }, [...events, ...withheld, end], 'call');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps the gaps, the bursts and the rate of all of them, as an aggregated call does', async () => {
    const events: TraceEvent[] = [callStarted()];
    let nowUs = 0;
    for (let readIndex = 0; readIndex < 150; readIndex++) {
      nowUs += readIndex % 40 === 7 ? 2_500_000 : 30_000 + readIndex;
      const came = [' a', ' b'].map((text): LoggedToken => [microseconds(nowUs), 0, text]);
      const firstIndex = 2 * readIndex;
      events.push({ type: 'tokens', callId: 'call', firstIndex, readIndex, tokens: came });
    }
    events.push({ ...callEnded, durationUs: microseconds(nowUs) });
    const whole = await shapeOfAggregated(events);
    assert.deepEqual(whole.slice(0, 2), [150, 299]);
    for (const settings of [{ tokenSampleRate: 0.2 }, { storeTokens: false }]) {
      const { shape } = await stored(sampled(settings, events).events);
      assert.deepEqual(shape, whole);
    }
  });

  it('counts the stalls of all of them by the rule of the reader', async () => {
    const stalled: TraceEvent[] = [callStarted(), tokens(0, 50)];
    const late = token(0)[0] + 3_000_000;
    const came = Array.from({ length: 50 }, (_, at) => [microseconds(late + at * 1_000), 0, 'x']);
    stalled.push({
      ...{ type: 'tokens', callId: 'call', firstIndex: 50 },
      tokens: came as unknown as LoggedToken[],
    });
    stalled.push({ ...callEnded, durationUs: microseconds(4_000_000) });
    for (const settings of [{}, { tokenSampleRate: 0.1 }, { storeTokens: false }]) {
      const call = await readCall(sampled(settings, stalled).events);
      assert.deepEqual(
        [call.metrics.stallCount, call.metrics.mayBeMoreStalls, call.receivedTokens],
        [1, false, 100],
      );
    }
  });

  it('stores neither tokens nor the response when neither is wanted, and the request all the same', async () => {
    const events = [
      callStarted(),
      tokens(0, 100),
      { ...callEnded, response: 'said' } as TraceEvent,
    ];
    const { events: kept, leftOut } = sampled(
      { storeTokens: false, storeResponses: false },
      events,
    );
    const { call, tokens: rows } = await stored(kept);
    assert.equal(rows.length, 0);
    assert.equal(call['response'], null);
    assert.equal(call['request'], '{"prompt":"asked"}');
    assert.deepEqual([call['chunk_count'], call['sample_rate'], leftOut], [100, 0, 100]);
    assert.equal(call['icl_p50_us'], 1_000);
    assert.ok(!JSON.stringify(kept).includes('t7 '));
  });

  it('leaves calls alone of which the sender has left tokens out', () => {
    const events = [callStarted('call', 0.1), tokens(0, 1), tokens(7, 1), tokens(99, 1), callEnded];
    assert.deepEqual(sampled({ tokenSampleRate: 0.1 }, events).events, events);
  });

  it('stores no token either that a sampling sender has sent, when none is to be stored', async () => {
    const told = { ...callEnded, receivedTokens: 100, statistics: { ttft_us: 5 } } as TraceEvent;
    const events = [callStarted('call', 0.1), tokens(0, 1), tokens(7, 1), told];
    const { call, tokens: rows } = await stored(sampled({ storeTokens: false }, events).events);
    assert.equal(rows.length, 0);
    assert.deepEqual([call['sample_rate'], call['chunk_count'], call['ttft_us']], [0, 100, 5]);
  });

  it('keeps what comes before the start of its call, and counts it', async () => {
    const settings = { tokenSampleRate: 0 };
    const { events } = sampled(settings, [tokens(0, 3)], [callStarted(), tokens(3, 3), callEnded]);
    const { call, tokens: rows } = await stored(events);
    assert.deepEqual(
      rows.map(({ token_index: index }) => index),
      [0, 1, 2, 5],
    );
    assert.deepEqual([call['chunk_count'], call['icl_max_us']], [6, 1_000]);
    assert.equal(call['response'], 't0 t1 t2 t3 t4 t5 ');
  });

  it('counts tokens in their order, whatever the order in which they come', async () => {
    const inOrder = [callStarted(), tokens(0, 4), tokens(4, 4), callEnded];
    const mixed = [callStarted(), tokens(4, 4), tokens(0, 4), callEnded];
    const of = async (events: TraceEvent[]) =>
      stored(sampled({ storeTokens: false }, events).events);
    assert.deepEqual((await of(mixed)).call, (await of(inOrder)).call);
  });

  it('takes tokens that come after the end of their call by the same rule', () => {
    const { events } = sampled({ tokenSampleRate: 0 }, [callStarted(), tokens(0, 2), callEnded]);
    assert.equal(events.filter(({ type }) => type === 'tokens').length, 2);
    const late = sampled({ tokenSampleRate: 0 }, [
      callStarted(),
      tokens(0, 2),
      callEnded,
      tokens(2, 50),
    ]);
    assert.deepEqual(late.events, events);
    assert.equal(late.leftOut, 50);
  });

  it('shows what it has of a call that was streaming when the capture was killed', async () => {
    const { events } = sampled({ tokenSampleRate: 0.1 }, [callStarted(), tokens(0, 1_000)]);
    const { call, tokens: rows } = await stored(events);
    assert.equal(call['state'], 'interrupted');
    assert.equal(call['sample_rate'], 0.1);
    assert.ok(rows.length >= 99 && rows.length <= 102, `${rows.length} tokens`);
  });

  it('counts as left out what is not in the trace, and nothing twice', () => {
    for (const tokenSampleRate of [0, 0.01, 0.5, 0.99]) {
      const { events, leftOut } = sampled(
        { tokenSampleRate },
        [callStarted()],
        [tokens(0, 30)],
        [tokens(30, 71), callEnded],
      );
      const kept = events.flatMap((event) => (event.type === 'tokens' ? event.tokens : []));
      assert.equal(kept.length + leftOut, 101, `at ${tokenSampleRate}`);
    }
  });

  it('remembers a limited number of calls, and loses nothing that is to be kept', () => {
    const { events } = sampled(
      { tokenSampleRate: 0 },
      [callStarted(), tokens(0, 5)],
      Array.from({ length: 5_000 }, (_, call) => callStarted(`other-${call}`)),
    );
    const kept = events.flatMap((event) => (event.type === 'tokens' ? [event.firstIndex] : []));
    assert.deepEqual(kept, [0, 4]);
  });
});
