/** Following a capture: how soon an append is told, and what an update costs when there is much already. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { repository } from '../../scripts/dependencies.mjs';
import { microseconds } from '../../src/model/units.js';
import { Database } from '../../src/store/database.js';
import { EventApplier } from '../../src/store/log/applyEvents.js';
import type { TraceEvent } from '../../src/store/log/traceEvent.js';
import { GrowingNative } from '../../src/store/native/growingNative.js';
import { NativeReader } from '../../src/store/native/nativeReader.js';
import { TraceWriter } from '../../src/store/native/traceWriter.js';
import { StoreClient } from '../../src/store/process/client.js';
import { TraceQueries } from '../../src/store/traceQueries.js';
import { callStarted, runStarted, tokensCame } from '../unit/store/log/logEvents.js';
import { SmallCapture } from '../unit/store/smallCapture.js';
import { type Figure, timeRuns } from './figures.js';

const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };
const streams = 10;

export async function benchLive(): Promise<Figure[]> {
  const { single, streaming } = await timeNews();
  return [
    {
      ...{ name: 'Live: append → changed, after a pause', unit: 'ms', by: 'p95', limit: 100 },
      ...{ goal: 30, samples: single },
    },
    {
      ...{ name: 'Live: append → changed, 10 streams of 50 tokens/s', unit: 'ms', by: 'p95' },
      ...{ goal: 100, limit: 250, samples: streaming },
    },
    {
      ...{ name: 'Live: update of 10 calls of 10,000 tokens', unit: 'ms', by: 'median' },
      ...{ goal: 8, limit: 100, samples: await timeUpdates(streams, 10_000) },
    },
    {
      ...{ name: 'Live: update of a call of 100,000 tokens', unit: 'ms', by: 'median' },
      ...{ goal: 8, limit: 100, samples: await timeUpdates(1, 100_000) },
    },
    {
      ...{ name: 'Live: apply 1,000 tokens of a log', unit: 'ms', by: 'median' },
      ...{ goal: 10, limit: 100, samples: await timeApplying() },
    },
  ];
}

/** From a real process that reads to the moment its news are here. */
async function timeNews(): Promise<{ single: number[]; streaming: number[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-live-'));
  const path = join(folder, 'live.llmtrace');
  const capture = await SmallCapture.begin(path);
  const news = new News();
  const client = new StoreClient({
    modulePath: join(repository, 'dist', 'store.js'),
    handlers: {
      progress: () => undefined,
      sourceLost: ({ error }) => console.error(error.message),
      changed: ({ summary }) => news.shown(summary.runs[0]?.tokenCount ?? 0),
    },
    onEnd: (error) => console.error(error.message),
  });
  const calls = Array.from({ length: streams }, (_, number) => `call-${number}`);
  try {
    capture.append(runStarted(), ...calls.map((call) => callStarted(call)));
    const source = { kind: 'path', path } as const;
    const options = { document: 1, source, stallRule, confirmAboveBytes: Infinity, keys: [] };
    await client.request('open', options);
    let place = 0;
    const append = (): void => {
      capture.append(tokensCame(calls[place % streams] ?? '', Math.floor(place / streams), 1));
      place++;
      news.appended(place);
    };
    for (let sample = 0; sample < 50; sample++) {
      append();
      await pause(110 + 13 * (sample % 8));
    }
    const single = news.take();
    const start = performance.now();
    for (let sample = 0; sample < 2_500; sample++) {
      append();
      // Each of 10 streams 50 times a second.
      await pause(Math.max(0, start + 2 * sample - performance.now()));
    }
    await pause(500);
    return { single, streaming: news.take() };
  } finally {
    client.dispose();
    await capture.letGo();
    await rm(folder, { recursive: true });
  }
}

class News {
  private waiting: { readonly tokens: number; readonly atMs: number }[] = [];
  private latencies: number[] = [];

  appended(tokens: number): void {
    this.waiting.push({ tokens, atMs: performance.now() });
  }

  shown(tokens: number): void {
    const now = performance.now();
    while (this.waiting[0] && this.waiting[0].tokens <= tokens) {
      this.latencies.push(now - this.waiting[0].atMs);
      this.waiting.shift();
    }
  }

  take(): number[] {
    const { latencies } = this;
    this.latencies = [];
    return latencies;
  }
}

/** Applying 5 new tokens of each call, and answering what a page asks then. */
async function timeUpdates(calls: number, tokens: number): Promise<number[]> {
  const database = await Database.open();
  const applier = new EventApplier(TraceWriter.over(database));
  const names = Array.from({ length: calls }, (_, number) => `call-${number}`);
  const events: TraceEvent[] = [runStarted(), ...names.map((name) => callStarted(name))];
  applier.apply([...events, ...names.map((name) => tokensCame(name, 0, tokens))]);
  const queries = new TraceQueries({
    reader: NativeReader.open(database),
    growing: new GrowingNative(database),
    ...{ fileName: 'live', generation: 1, stallRule, notices: () => [] },
  });
  const run = queries.summary().runs[0]?.key;
  if (run === undefined) throw new Error('The live trace has no run.');
  const call = queries.run(run).steps[0]?.key;
  if (call === undefined) throw new Error('The live trace has no call.');
  let count = tokens;
  const update = (): void => {
    queries.changed(applier.apply(names.map((name) => tokensCame(name, count, 5))).changes);
    queries.summary();
    queries.runChanges(run, queries.generation - 1);
    queries.tokenSlice({ call, from: count, count: 16_384, revision: 1 });
    count += 5;
  };
  update();
  const samples = await timeRuns(100, update);
  queries.close();
  return samples;
}

async function timeApplying(): Promise<number[]> {
  const writer = await TraceWriter.create();
  const applier = new EventApplier(writer);
  applier.apply([runStarted(), callStarted('call')]);
  let count = 0;
  const samples = await timeRuns(50, () => {
    applier.apply(Array.from({ length: 1_000 }, () => tokensCame('call', count++, 1)));
  });
  writer.close();
  return samples;
}
