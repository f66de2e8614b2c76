import assert from 'node:assert/strict';
import { TokenKind } from '../../../src/model/tokens.js';
import type { StepKey } from '../../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { aggregateCall } from '../../../src/store/native/aggregation.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { ExampleTrace, exampleTokens, runStartUs } from './exampleTrace.js';

describe('figures of a call in a trace', () => {
  let trace: ExampleTrace;
  let queries: TraceQueries | undefined;
  beforeEach(async () => (trace = await ExampleTrace.create()));
  afterEach(() => {
    queries?.close();
    queries = undefined;
    trace.writer.close();
  });

  const open = async (): Promise<TraceQueries> => (queries = await trace.open());

  it('computes with the stall rule of now', async () => {
    const call = trace.startCall('call');
    trace.writer.addTokens(call, exampleTokens(5));
    trace.writer.addTokens(call, [
      { offsetUs: microseconds(700_000), text: 'late', kind: TokenKind.text },
    ]);
    const opened = await open();
    const stalls = (): unknown => opened.run(trace.run).steps[0]?.call?.metrics.stallCount;
    assert.equal(stalls(), 0);
    opened.setStallRule({ minimumUs: microseconds(100_000), medianFactor: 5 });
    assert.equal(stalls(), 1);
  });

  it('takes recorded figures where the tokens are gone', async () => {
    const counted = { completionTokens: 31, tokenCountSource: 'usage' } as const;
    const full = trace.addCall('full', 31, counted);
    const aggregated = trace.addCall('aggregated', 31, counted);
    aggregateCall(trace.writer, aggregated, epochMicroseconds(runStartUs));
    const steps = (await open()).run(trace.run).steps;
    const metricsOf = (key: StepKey) => steps.find((step) => step.key === key)?.call?.metrics;
    const kept = metricsOf(aggregated);
    const computed = metricsOf(full);
    assert.ok(kept && computed);
    for (const name of [
      'ttftUs',
      'ttfoUs',
      'lastTokenUs',
      'durationUs',
      'tpotUs',
      'icl',
      'itl',
      'outputTokensPerSecond',
      'effectiveTokensPerSecond',
      'stallCount',
      'burstCount',
    ] as const) {
      assert.deepEqual(kept[name], computed[name], name);
      assert.notEqual(kept[name], null, name);
    }
  });

  it('counts chunks with content, also where the file holds empty ones', async () => {
    const call = trace.startCall('call');
    const texts = ['', 'a', 'b'];
    trace.writer.addTokens(
      call,
      texts.map((text, position) => ({
        offsetUs: microseconds((position + 1) * 10_000),
        text,
        kind: TokenKind.text,
      })),
    );
    trace.writer.endCall(call, {
      state: 'completed',
      durationUs: microseconds(100_000),
      completionTokens: 2,
      tokenCountSource: 'usage',
    });
    const opened = await open();
    const shown = opened.run(trace.run).steps[0]?.call;
    assert.equal(shown?.storedTokens, 2);
    assert.equal(shown.receivedTokens, 2);
    assert.equal(shown.metrics.ttftUs, 20_000);
    assert.equal(shown.metrics.itl?.p50, 10_000, 'as many tokens in usage as chunks with content');
    assert.equal(opened.tokens(call).count, 3, 'the list shows what is in the file');
  });

  it('invents no gaps for a sampled call, and no times for one of which only the order is known', async () => {
    const sampled = trace.startCall('sampled', { sampleRate: 0.5 });
    trace.writer.addTokens(
      sampled,
      exampleTokens(5).map((token, position) => ({ ...token, index: position * 2 })),
    );
    trace.writer.endCall(sampled, {
      state: 'completed',
      durationUs: microseconds(1e6),
      receivedTokens: 9,
    });
    const ordered = trace.startCall('ordered', { clockSource: 'order-only' });
    trace.writer.addTokens(
      ordered,
      exampleTokens(3).map((token) => ({ ...token, offsetUs: microseconds(0) })),
    );
    const opened = await open();
    const steps = opened.run(trace.run).steps;
    const sampledCall = steps.find((step) => step.key === sampled)?.call;
    assert.equal(sampledCall?.receivedTokens, 9);
    assert.equal(sampledCall?.sampleRate, 0.5);
    assert.equal(sampledCall?.metrics.icl, null);
    assert.equal(sampledCall?.metrics.ttftUs, 100_000);
    const { stalls, bursts, mayBeMoreStalls, ...figures } = steps.find(
      (step) => step.key === ordered,
    )!.call!.metrics;
    assert.deepEqual([stalls, bursts, mayBeMoreStalls], [[], [], false]);
    assert.ok(Object.values(figures).every((figure) => figure === null));
    const grid = opened.rates({
      run: trace.run,
      calls: [ordered],
      fromUs: microseconds(0),
      toUs: microseconds(5e6),
      bins: 4,
    });
    assert.deepEqual([...grid.tokensPerSecond], [-1, -1, -1, -1]);
  });
});
