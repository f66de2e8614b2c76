import assert from 'node:assert/strict';
import { callRecord } from '../../../../src/capture/api/reading/callRecord.js';
import { isCallStep } from '../../../../src/capture/api/reading/traceReading.js';
import { TokenKind } from '../../../../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../../../../src/model/units.js';
import { aggregateCall } from '../../../../src/store/native/aggregation.js';
import { ExampleTrace, runStartUs } from '../../store/exampleTrace.js';
import { RunningApi, buildBundles, callEnd, callStart, runStart, tokensOf } from './runningApi.js';

interface Tokens {
  readonly tokens: readonly { readonly token_index: number; readonly delta_ms: number | null }[];
}

describe('reading API, of tokens that are not stored', function () {
  this.timeout(30_000);
  const path = '/v1/runs/sampled/llm-calls/call/tokens';
  const deltas = (tokens: Tokens['tokens']): unknown[] =>
    tokens.map(({ token_index, delta_ms }) => [token_index, delta_ms]);
  const expected = [
    [0, 150],
    [1, 10],
    [6, null],
    [7, 10],
    [9, null],
  ];
  let api: RunningApi;

  before(async () => {
    api = await RunningApi.start(await buildBundles());
    await api.send(
      runStart('sampled'),
      callStart('call', 'sampled', { sample_rate: 0.5 }),
      tokensOf('call', 0, ['a', 'b']),
      tokensOf('call', 6, ['g', 'h']),
      tokensOf('call', 9, ['j']),
    );
  });
  after(() => api.stop());

  it('gives no time since a token that others came after, on whatever page', async () => {
    assert.deepEqual(deltas((await api.ask<Tokens>(path)).body.tokens), expected);
    for (let offset = 0; offset < expected.length; offset++) {
      const { body } = await api.ask<Tokens>(`${path}?limit=1&offset=${offset}`);
      assert.deepEqual(deltas(body.tokens), expected.slice(offset, offset + 1));
    }
    const { body } = await api.ask<Tokens>('/v1/runs/sampled/tokens/timeseries?offset=2');
    assert.deepEqual(deltas(body.tokens), expected.slice(2));
  });

  it('gives none either to who follows the call', async () => {
    await api.send(callEnd('call', { finish_reason: 'stop' }));
    const events: Tokens['tokens'][number][] = [];
    for await (const { event, data } of api.follow(path)) {
      if (event === 'token') events.push(data as unknown as Tokens['tokens'][number]);
    }
    assert.deepEqual(deltas(events), expected);
  });

  it('says where there may have been more stalls than are known', async () => {
    const trace = await ExampleTrace.create();
    const stalled = trace.startCall('stalled');
    const tokens = Array.from({ length: 400 }, (_, index) => ({
      offsetUs: microseconds(100_000 + index * 10_000 + Math.floor(index / 3) * 2_000_000),
      ...{ text: 'x ', kind: TokenKind.text },
    }));
    trace.writer.addTokens(stalled, tokens);
    trace.writer.endCall(stalled, { state: 'completed', durationUs: microseconds(500_000_000) });
    trace.addCall('quick', 40);
    aggregateCall(trace.writer, stalled, epochMicroseconds(runStartUs));
    const queries = await trace.open();
    const [run] = queries.summary().runs;
    const calls = queries.run(run!.key).steps.filter(isCallStep).map(callRecord);
    assert.deepEqual(
      calls.map(({ name, stalls, stalls_may_be_more }) => [name, stalls, stalls_may_be_more]),
      [
        ['stalled', 100, true],
        ['quick', 0, false],
      ],
    );
  });
});
