/** The store without VS Code: writing, size, opening, reading. */
import { buildLargeTrace } from '../../demo/large.js';
import { openReader } from '../../src/formats/registry.js';
import { TokenKind } from '../../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../../src/model/units.js';
import { openTrace } from '../../src/store/openTrace.js';
import type { TraceQueries } from '../../src/store/traceQueries.js';
import { TraceWriter } from '../../src/store/native/traceWriter.js';
import { type Figure, timeRuns } from './figures.js';
import { benchLive } from './live.js';

const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };

export async function benchStore(): Promise<Figure[]> {
  const bytes = await buildLargeTrace({ calls: 1, tokensPerCall: 100_000 });
  const opened: TraceQueries[] = [];
  const opening = await timeRuns(5, async () => {
    const source = { kind: 'bytes', bytes: bytes.slice(), fileName: 'large.llmtrace' } as const;
    const queries = await openTrace({ source, openReader, stallRule });
    queries.summary();
    opened.push(queries);
  });
  const reading: number[] = [];
  for (const queries of opened) {
    reading.push(...(await timeRuns(1, () => readRun(queries))));
    queries.close();
  }
  return [
    {
      name: 'Store: insert 1,000 tokens in one transaction',
      unit: 'ms',
      by: 'median',
      ...{ goal: 10, limit: 100, samples: await timeInserts() },
    },
    {
      name: 'Store: file of a call of 100,000 tokens',
      unit: 'MB',
      by: 'max',
      ...{ goal: 3, limit: 3, samples: [bytes.length / 1_000_000] },
    },
    {
      name: 'Store: open it from memory',
      unit: 'ms',
      by: 'median',
      ...{ goal: 50, limit: 500, samples: opening },
    },
    {
      name: 'Store: read its run with all figures of the tokens',
      unit: 'ms',
      by: 'median',
      ...{ goal: 100, limit: 1_000, samples: reading },
    },
    ...(await benchLive()),
  ];
}

function readRun(queries: TraceQueries): void {
  const run = queries.summary().runs[0];
  if (!run) throw new Error('The large trace has no run.');
  for (const { key, call } of queries.run(run.key).steps) if (call) queries.tokens(key);
}

async function timeInserts(): Promise<number[]> {
  const writer = await TraceWriter.create();
  const startedAtUs = epochMicroseconds(0);
  const run = writer.addRun({ id: 'run', name: 'inserts', startedAtUs });
  const call = writer.startCall({
    ...{ id: 'call', run, name: 'call', startedAtUs, streaming: true, clockSource: 'proxy' },
  });
  const samples: number[] = [];
  for (let batch = 0; batch < 50; batch++) {
    const tokens = Array.from({ length: 1_000 }, (_, position) => ({
      offsetUs: microseconds((batch * 1_000 + position) * 20_000),
      text: ' token',
      kind: TokenKind.text,
    }));
    samples.push(...(await timeRuns(1, () => writer.addTokens(call, tokens))));
  }
  writer.close();
  return samples;
}
