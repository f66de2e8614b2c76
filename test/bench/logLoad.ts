/** A process of the bench: `logLoad.js FOLD_WORKER FOLDER` records, and prints its figures as one line of JSON. */
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { EventLog } from '../../src/capture/log/eventLog.js';
import { callStarted, runStarted, tokensOf } from '../unit/capture/log/sampleEvents.js';

const streams = 100;
const seconds = 10;
/** With 10 streams every millisecond: 10,000 tokens a second. */
const streamsPerTick = 10;

export interface LogFigures {
  readonly appendP50Us: number;
  readonly appendP99Us: number;
  readonly loopP99Ms: number;
  readonly bareLoopP99Ms: number;
  readonly tokensPerSecond: number;
  readonly folds: number;
  /** Of 100,000 tokens into an empty trace. */
  readonly foldMs: number;
  /** Above what the process had before: a million tokens recorded as fast as they can be, folded as they come. */
  readonly millionPeakMegabytes: number;
  readonly millionSeconds: number;
}

const [foldWorkerPath = '', folder = ''] = process.argv.slice(2);

const open = (name: string, foldAboveBytes?: number): Promise<EventLog> =>
  EventLog.open(join(folder, `${name}.llmtrace`), {
    foldWorkerPath,
    onProblems: (problems) => {
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
    },
    log: () => undefined,
    ...(foldAboveBytes === undefined ? {} : { foldAboveBytes }),
  });

/** Delay of the loop (p99, ms) while `work` is called for every stream that has something to say. */
async function underLoad(work: (stream: number, index: number) => void): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startMs = performance.now();
  let tick = 0;
  while (performance.now() - startMs < seconds * 1_000) {
    while (tick < performance.now() - startMs) {
      for (let count = 0; count < streamsPerTick; count++) {
        const at = tick * streamsPerTick + count;
        work(at % streams, Math.floor(at / streams));
      }
      tick++;
    }
    await pause(1);
  }
  delay.disable();
  return delay.percentile(99) / 1e6;
}

async function live(): Promise<
  Omit<LogFigures, 'foldMs' | 'millionPeakMegabytes' | 'millionSeconds'>
> {
  const bareLoopP99Ms = await underLoad(() => undefined);
  const log = await open('live', 1_000_000);
  log.append([runStarted]);
  let tokens = 0;
  const loopP99Ms = await underLoad((stream, index) => {
    if (index === 0) log.append([callStarted(`call-${stream}`)]);
    log.append([tokensOf(`call-${stream}`, index, 1)]);
    tokens++;
  });
  const { writeP50Us, writeP99Us, folds } = log.health();
  await log.close();
  return {
    ...{ appendP50Us: writeP50Us ?? NaN, appendP99Us: writeP99Us ?? NaN, folds },
    ...{ loopP99Ms, bareLoopP99Ms, tokensPerSecond: tokens / seconds },
  };
}

async function foldOnce(): Promise<number> {
  const log = await open('fold', Infinity);
  log.append([runStarted]);
  for (let stream = 0; stream < streams; stream++) {
    log.append([callStarted(`call-${stream}`)]);
    for (let index = 0; index < 1_000; index += 5) {
      log.append([tokensOf(`call-${stream}`, index, 5)]);
    }
  }
  await log.close();
  return log.health().foldMs ?? NaN;
}

async function million(): Promise<{ millionPeakMegabytes: number; millionSeconds: number }> {
  const before = process.memoryUsage.rss();
  const startMs = performance.now();
  let peak = before;
  const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 10);
  const log = await open('million');
  log.append([runStarted]);
  for (let index = 0; index < 10_000; index += 5) {
    for (let stream = 0; stream < streams; stream++) {
      if (index === 0) log.append([callStarted(`call-${stream}`)]);
      log.append([tokensOf(`call-${stream}`, index, 5)]);
    }
    await turn();
  }
  await log.close();
  clearInterval(sampling);
  return {
    millionPeakMegabytes: (peak - before) / 1e6,
    millionSeconds: (performance.now() - startMs) / 1_000,
  };
}

async function measure(): Promise<void> {
  const figures: LogFigures = { ...(await million()), foldMs: await foldOnce(), ...(await live()) };
  console.log(JSON.stringify(figures));
}

void measure();
