import assert from 'node:assert/strict';
import { microseconds } from '../../../../src/model/units.js';
import type { SqlRow } from '../../../../src/store/database.js';
import { applyEvents } from '../../../../src/store/log/applyEvents.js';
import { readEvent } from '../../../../src/store/log/readEvent.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { TraceWriter } from '../../../../src/store/native/traceWriter.js';
import { callEnded, callStarted, runStarted, tokensCame } from './logEvents.js';

const statistics = {
  ...{ ttft_us: 100_000, ttfo_us: 140_000, last_token_us: 2_080_000 },
  ...{ icl_p50_us: 20_000.5, icl_p90_us: 21_000, icl_p95_us: 22_000 },
  ...{ icl_p99_us: 23_000, icl_max_us: 24_000 },
};

const sampled = (sampleRate: number): TraceEvent =>
  ({ ...callStarted('call'), sampleRate }) as TraceEvent;

const ended = (more: object): TraceEvent => ({ ...callEnded('call'), ...more });

describe('a call of which not all tokens are kept', () => {
  let writer: TraceWriter;
  beforeEach(async () => (writer = await TraceWriter.create()));
  afterEach(() => writer.close());

  const figures = (): SqlRow => ({
    ...writer.database.get(
      `SELECT ttft_us, ttfo_us, last_token_us, icl_p50_us, icl_p90_us, icl_p95_us, icl_p99_us, icl_max_us
       FROM llm_calls`,
    ),
  });

  it('has the figures that were counted before any token was left out', () => {
    const end = ended({ receivedTokens: 100, statistics });
    applyEvents(writer, [runStarted(), sampled(0), end]);
    assert.deepEqual(figures(), statistics);
    applyEvents(writer, [end]);
    assert.deepEqual(figures(), statistics, 'also when its end comes again');
    assert.deepEqual(
      { ...writer.database.get('SELECT chunk_count, sample_rate FROM llm_calls') },
      { chunk_count: 100, sample_rate: 0 },
    );
  });

  it('keeps them when tokens come late, and takes from those what they can tell', () => {
    const told = { ...statistics, ttft_us: 100_001 };
    const end = ended({ receivedTokens: 100, statistics: told });
    applyEvents(writer, [runStarted(), sampled(0.1), tokensCame('call', 10, 1), end]);
    assert.deepEqual(figures(), told);
    applyEvents(writer, [tokensCame('call', 0, 1)]);
    assert.deepEqual(figures(), { ...told, ttft_us: 100_000, ttfo_us: 100_000 });
  });

  it('has them also when its end comes before its start', () => {
    applyEvents(writer, [ended({ receivedTokens: 100, statistics })]);
    applyEvents(writer, [runStarted(), sampled(0), tokensCame('call', 50, 1)]);
    assert.deepEqual(figures(), statistics);
  });

  it('knows no gaps of neighbours that may be none, however many came', () => {
    applyEvents(writer, [runStarted(), sampled(0.9), tokensCame('call', 0, 5), ended({})]);
    const { icl_p50_us: median, ttft_us: ttft } = figures();
    assert.deepEqual([median, ttft], [null, 100_000]);
  });

  it('leaves one alone whose tokens are all there', () => {
    applyEvents(writer, [
      ...[runStarted(), callStarted('call'), tokensCame('call', 0, 3)],
      ended({ statistics: { ...statistics, ttft_us: 7 } }),
    ]);
    assert.equal(figures()['ttft_us'], 100_000);
    assert.equal(figures()['icl_max_us'], 20_000);
  });

  it('is no event with a shape that is none', () => {
    const event = { ...callEnded('call'), durationUs: microseconds(1) };
    const gap = { tokenIndex: 1, startUs: 2, lengthUs: 3 };
    const rateCurve = { startUs: 0, stepUs: 1.5, counts: [1, 2] };
    const shape = { burstCount: 1, gapCount: 2, longestGaps: [gap], rateCurve };
    assert.notEqual(readEvent({ ...event, shape }), null);
    const ofOrder = { burstCount: null, gapCount: 2, longestGaps: null, rateCurve: null };
    assert.notEqual(readEvent({ ...event, shape: ofOrder }), null);
    for (const wrong of [
      ...['shape', [], { gapCount: 1 }, { ...shape, burstCount: 0.5 }, { ...shape, gapCount: -1 }],
      ...[
        { ...shape, longestGaps: [{ ...gap, lengthUs: null }] },
        { ...shape, longestGaps: 'x' },
      ],
      { ...shape, longestGaps: Array.from({ length: 101 }, () => gap) },
      { ...shape, rateCurve: { ...rateCurve, counts: Array.from({ length: 201 }, () => 1) } },
      { ...shape, rateCurve: { ...rateCurve, stepUs: 'long' } },
    ]) {
      assert.equal(readEvent({ ...event, shape: wrong }), null, JSON.stringify(wrong).slice(0, 80));
    }
  });

  it('is no event with figures that are none', () => {
    const event = { ...callEnded('call'), durationUs: microseconds(1) };
    assert.notEqual(readEvent({ ...event, statistics: { later: 'field' } }), null);
    for (const wrong of [{ ttft_us: 'soon' }, { icl_p50_us: -1 }, 'figures', [1].length]) {
      assert.equal(readEvent({ ...event, statistics: wrong }), null);
    }
  });
});
