import assert from 'node:assert/strict';
import { applyEvents } from '../../../src/store/log/applyEvents.js';
import type { TraceEvent } from '../../../src/store/log/traceEvent.js';
import { callEnded, callStarted, runStarted, tokensCame } from '../store/log/logEvents.js';
import { TraceFolder, run } from './traces.js';

const statistics = {
  ...{ ttft_us: 100_000, ttfo_us: 140_000, last_token_us: 2_080_000 },
  ...{ icl_p50_us: 20_000, icl_p90_us: 21_000, icl_p95_us: 22_000 },
  ...{ icl_p99_us: 23_000, icl_max_us: 24_000 },
};

const events: readonly object[] = [
  runStarted(),
  { ...callStarted('sampled'), sampleRate: 0.1 },
  ...[0, 10, 99].map((index) => tokensCame('sampled', index, 1)),
  { ...callEnded('sampled'), receivedTokens: 100, statistics, response: 'All of the text.' },
  { ...callStarted('not stored'), sampleRate: 0 },
  { ...callEnded('not stored'), receivedTokens: 100, statistics },
];

describe('command line, of calls of which not all tokens are kept', () => {
  const traces = new TraceFolder();
  let file: string;
  before(async () => {
    file = await traces.write('sampled.llmtrace', (writer) => {
      applyEvents(writer, events as readonly TraceEvent[]);
    });
  });

  it('gives the figures of all that came, and no others', async () => {
    const { out } = await run(['stats', file, '--json']);
    const { runs } = JSON.parse(out) as { runs: { calls: Record<string, unknown>[] }[] };
    const [sampled, notStored] = runs[0]?.calls ?? [];
    const figures = {
      ...{ chunk_count: 100, total_tokens: 100, ttft_ms: 100, last_token_ms: 2_080 },
      ...{ icl_ms: { p50: 20, p95: 22, p99: 23, max: 24 }, stalls: null, bursts: null },
    };
    const of = (call: Record<string, unknown> = {}, names: object): unknown =>
      Object.fromEntries(Object.keys(names).map((name) => [name, call[name]]));
    const ofSampled = {
      ...figures,
      sample_rate: 0.1,
      stored_chunks: 3,
      response: 'All of the text.',
    };
    assert.deepEqual(of(sampled, ofSampled), ofSampled);
    const ofNotStored = {
      ...figures,
      ttfo_ms: 140,
      sample_rate: 0,
      stored_chunks: 0,
      response: null,
    };
    assert.deepEqual(of(notStored, ofNotStored), ofNotStored);
  });

  it('says in the table what is kept', async () => {
    const { out } = await run(['stats', file]);
    assert.match(out, /sampled .*3 of 100 tokens kept: sampled at 10 %/);
    assert.match(out, /not stored .*Tokens are not stored: 100 came/);
  });
});
