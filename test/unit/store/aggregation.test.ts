import assert from 'node:assert/strict';
import { type Token, TokenKind } from '../../../src/model/tokens.js';
import { type StepKey, runKey } from '../../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import type { SqlRow } from '../../../src/store/database.js';
import { aggregateCall, aggregateTrace } from '../../../src/store/native/aggregation.js';
import type { NewCall } from '../../../src/store/native/traceWriter.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { contentOf } from './log/logEvents.js';
import { ExampleTrace, exampleTokens, runStartUs, stallRule } from './exampleTrace.js';

const atUs = epochMicroseconds(runStartUs + 86_400_000_000);
const beforeUs = epochMicroseconds(runStartUs + 3_600_000_000);

/** Bursts of two, and a stall of 1.5 s before every fortieth token. */
const unevenTokens = (count: number): Token[] =>
  Array.from({ length: count }, (_, index) => ({
    offsetUs: microseconds(
      200_000 + Math.floor(index / 2) * 30_000 + Math.floor(index / 40) * 1_500_000,
    ),
    text: ` word${index}`,
    kind: index < 15 ? TokenKind.reasoning : TokenKind.text,
  }));

describe('aggregating a call', () => {
  let trace: ExampleTrace;
  let opened: TraceQueries | undefined;
  beforeEach(async () => (trace = await ExampleTrace.create()));
  afterEach(() => {
    opened?.close();
    opened = undefined;
    trace.writer.close();
  });

  const open = async (): Promise<TraceQueries> => (opened = await trace.open());
  const row = (call: StepKey): SqlRow => ({
    ...trace.writer.database.get('SELECT * FROM llm_calls WHERE call_key = ?', [call]),
  });
  const indexes = (call: StepKey): unknown[] =>
    trace.writer.database
      .all('SELECT token_index FROM llm_tokens WHERE call_key = ? ORDER BY token_index', [call])
      .map((token) => token['token_index']);

  function addCall(tokens: readonly Token[], options: Partial<NewCall> = {}): StepKey {
    const call = trace.startCall(`call of ${tokens.length}`, options);
    trace.writer.addTokens(call, tokens);
    trace.writer.endCall(call, { state: 'completed', durationUs: microseconds(60_000_000) });
    return call;
  }

  it('keeps ten tokens at either end, the visible text and all figures', () => {
    const call = addCall(unevenTokens(200));
    const before = row(call);
    assert.ok(aggregateCall(trace.writer, call, atUs));
    assert.deepEqual(indexes(call), [
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      ...[190, 191, 192, 193, 194, 195, 196, 197, 198, 199],
    ]);
    const { response, longest_gaps: gaps, rate_curve: curve, ...after } = row(call);
    assert.deepEqual(
      { ...after, response: null, longest_gaps: null, rate_curve: null },
      { ...before, aggregated: 1, aggregated_at_us: atUs, burst_count: 100, gap_count: 199 },
    );
    assert.equal(
      response,
      unevenTokens(200)
        .slice(15)
        .map(({ text }) => text)
        .join(''),
    );
    const longest = JSON.parse(String(gaps)) as number[][];
    assert.equal(longest.length, 100);
    assert.deepEqual(
      longest.filter(([, , gapUs]) => gapUs! > 1_000_000),
      [39, 79, 119, 159].map((index) => [
        ...[index, 200_000 + Math.floor(index / 2) * 30_000 + Math.floor(index / 40) * 1_500_000],
        1_530_000,
      ]),
    );
    const { counts } = JSON.parse(String(curve)) as { counts: number[] };
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      200,
    );
    assert.ok(counts.length <= 200);
  });

  it('does it once, and keeps a response that is there already', () => {
    const call = trace.addCall('call', 50, { response: '{"id":"whole"}' });
    assert.ok(aggregateCall(trace.writer, call, atUs));
    assert.equal(row(call)['response'], '{"id":"whole"}');
    const before = contentOf(trace.writer);
    assert.equal(aggregateCall(trace.writer, call, epochMicroseconds(atUs + 1)), false);
    assert.deepEqual(contentOf(trace.writer), before);
  });

  it('leaves alone what is short, open, sampled or not whole', () => {
    const open = trace.startCall('open');
    trace.writer.addTokens(open, exampleTokens(100));
    const few = [
      ...exampleTokens(20),
      { ...exampleTokens(21)[20]!, text: '' },
      { ...exampleTokens(22)[21]!, text: '' },
    ];
    const calls = [
      open,
      trace.addCall('20 tokens', 20),
      addCall(few),
      trace.addCall('sampled', 100, {}, { sampleRate: 0.5 }),
      trace.addCall('lost some', 100, { receivedTokens: 101 }),
    ];
    const before = contentOf(trace.writer);
    for (const call of calls) assert.equal(aggregateCall(trace.writer, call, atUs), false);
    assert.deepEqual([...aggregateTrace(trace.writer, { beforeUs, atUs })].at(-1)?.aggregated, 0);
    assert.deepEqual(contentOf(trace.writer), before);
  });

  it('is all or nothing', () => {
    const call = trace.addCall('call', 50);
    const before = contentOf(trace.writer);
    trace.writer.database.exec(
      "CREATE TRIGGER full BEFORE DELETE ON llm_tokens BEGIN SELECT raise(ABORT, 'full'); END",
    );
    assert.throws(() => aggregateCall(trace.writer, call, atUs), /full/);
    assert.deepEqual(contentOf(trace.writer), before);
  });

  it('invents no times where only the order is known', async () => {
    const call = addCall(
      exampleTokens(50).map((token) => ({ ...token, offsetUs: microseconds(0) })),
      { clockSource: 'order-only' },
    );
    assert.ok(aggregateCall(trace.writer, call, atUs));
    const { longest_gaps, rate_curve, burst_count, icl_p50_us, gap_count } = row(call);
    assert.deepEqual(
      [longest_gaps, rate_curve, burst_count, icl_p50_us, gap_count],
      [null, null, null, null, 49],
    );
    const { metrics, receivedTokens } = (await open()).run(trace.run).steps[0]!.call!;
    assert.deepEqual([metrics.stallCount, metrics.icl, receivedTokens], [null, null, 50]);
  });

  it('shows the same figures, stalls and rates as before, whatever the stall rule', async () => {
    const call = addCall(unevenTokens(400));
    const figures = (queries: TraceQueries): unknown => {
      const shown = queries.run(trace.run).steps[0]!.call!;
      const times = shown.metrics.stalls.map(({ startUs, endUs }) => [startUs, endUs]);
      const metrics = { ...shown.metrics, stalls: null, bursts: null };
      return { metrics, times, received: shown.receivedTokens };
    };
    const rates = (queries: TraceQueries): Float32Array =>
      queries.rates({
        ...{ run: trace.run, calls: [call], bins: 500 },
        ...{ fromUs: microseconds(0), toUs: microseconds(30_000_000) },
      }).tokensPerSecond;
    const strict = { minimumUs: microseconds(1_600_000), medianFactor: 5 };
    const whole = await trace.open();
    aggregateCall(trace.writer, call, atUs);
    const kept = await open();
    for (const rule of [stallRule, strict]) {
      for (const queries of [whole, kept]) queries.setStallRule(rule);
      assert.deepEqual(figures(kept), figures(whole));
    }
    const [expected, shown] = [rates(whole), rates(kept)];
    shown.forEach((rate, bin) => {
      assert.equal(rate < 0, expected[bin]! < 0, `bin ${bin}`);
      // Over 250 ms of a stream of 70 tokens/s, a part of the curve holds one in ten.
      assert.ok(Math.abs(rate - expected[bin]!) < 25, `bin ${bin}: ${rate} for ${expected[bin]}`);
    });
    whole.close();
  });

  it('says that there may be more stalls when all gaps that are known are stalls', async () => {
    const call = addCall(exampleTokens(400));
    aggregateCall(trace.writer, call, atUs);
    const queries = await open();
    const shown = (): unknown[] => {
      const { metrics } = queries.run(trace.run).steps[0]!.call!;
      return [metrics.stallCount, metrics.mayBeMoreStalls];
    };
    assert.deepEqual(shown(), [0, false]);
    queries.setStallRule({ minimumUs: microseconds(1_000), medianFactor: 1 });
    assert.deepEqual(shown(), [100, true]);
  });

  it('knows between which tokens a stall was only where both are kept', async () => {
    const tokens = exampleTokens(60).map((token, index) => ({
      ...token,
      offsetUs: microseconds(
        token.offsetUs + [5, 10, 30, 50, 55].filter((at) => index >= at).length * 2_000_000,
      ),
    }));
    const call = addCall(tokens);
    aggregateCall(trace.writer, call, atUs);
    const { metrics } = (await open()).run(trace.run).steps[0]!.call!;
    assert.deepEqual(
      metrics.stalls.map(({ after }) => after),
      [4, null, null, null, 14],
    );
  });

  it('counts chunks with content, also when empty ones are gone', async () => {
    const tokens = exampleTokens(60).map((token, index) =>
      index % 3 === 1 ? { ...token, text: '' } : token,
    );
    const call = addCall(tokens);
    const before = (await open()).run(trace.run).steps[0]!.call!;
    aggregateCall(trace.writer, call, atUs);
    opened?.close();
    const after = (await open()).run(trace.run).steps[0]!.call!;
    assert.deepEqual([before.receivedTokens, after.receivedTokens], [40, 40]);
    assert.equal(after.metrics.tpotUs, before.metrics.tpotUs);
    assert.equal(after.metrics.outputTokensPerSecond, before.metrics.outputTokensPerSecond);
  });

  it('aggregates what began before a time, the oldest first, and goes on after a cancellation', () => {
    const started = (seconds: number): Partial<NewCall> => ({
      startedAtUs: epochMicroseconds(runStartUs + seconds * 1_000_000),
    });
    const [late, first, second] = [5_000, 10, 20].map((seconds) =>
      trace.addCall(`at ${seconds}`, 50, {}, started(seconds)),
    );
    const steps = aggregateTrace(trace.writer, { beforeUs, atUs });
    assert.deepEqual(steps.next().value, { done: 1, total: 2, aggregated: 1 });
    const counts = (): number[] => [late, first, second].map((call) => indexes(call!).length);
    assert.deepEqual(counts(), [50, 20, 50]);
    const others = [...aggregateTrace(trace.writer, { beforeUs, atUs })];
    assert.deepEqual(others, [{ done: 1, total: 1, aggregated: 1 }]);
    assert.deepEqual(counts(), [50, 20, 20]);
    assert.deepEqual([...aggregateTrace(trace.writer, { beforeUs, atUs })], []);
  });

  it('gives no answer from lists that a file should not hold', async () => {
    const call = addCall(unevenTokens(200));
    aggregateCall(trace.writer, call, atUs);
    const lists = [
      ...['', 'x', '[]', '[[0,1]]', '[[0,1,-2]]', '{"counts":{}}', '[['.repeat(4_000)],
      JSON.stringify(Array.from({ length: 100 }, (_, at) => [at, 1_000_000 - at, 5])),
      JSON.stringify({ start_us: 0, step_us: 1, counts: new Array(201).fill(1) }),
      JSON.stringify({ start_us: 0, step_us: 1, counts: [] }),
      JSON.stringify({ start_us: 0, step_us: 1e300, counts: [1] }),
    ];
    for (const list of lists) {
      trace.writer.database.run('UPDATE llm_calls SET longest_gaps = ?1, rate_curve = ?1', [list]);
      const queries = await trace.open();
      const shown = queries.run(runKey(trace.run)).steps[0]!.call!;
      assert.deepEqual(
        [shown.rateCurve, shown.metrics.stallCount],
        [null, null],
        list.slice(0, 40),
      );
      queries.close();
    }
  });
});
