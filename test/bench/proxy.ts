/**
 * What the proxy adds to the way of a chunk, beside the least that a proxy in Node can be. Model, proxy and agents
 * are processes of their own, so that none of them waits for another's turn.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { end } from '../../scripts/children.js';
import { repository } from '../../scripts/dependencies.mjs';
import { CaptureProcess } from '../clients/harness/captureProcess.js';
import { type Figure, percentile } from './figures.js';
import { peakMegabytes, processorSeconds } from './processUsage.js';

const chunksPerSecond = 50;
const rounds = 3;

/** Something that agents can ask for streams. */
interface Target {
  readonly name: string;
  readonly url: string;
  /** None for the model itself. */
  readonly pid: number | undefined;
}

interface Measured {
  readonly latencies: readonly number[];
  /** Share of a core. */
  readonly load: number;
}

export async function benchProxy({ seconds = 4 } = {}): Promise<Figure[]> {
  const children: ChildProcess[] = [];
  const started = async (name: string, script: string, ...words: string[]): Promise<Target> => {
    const child = startScript(script, words);
    children.push(child);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { name, url: (JSON.parse(line) as { url: string }).url, pid: child.pid };
  };
  const model = await started('no proxy', 'upstream.ts');
  const capture = await CaptureProcess.start({ upstreams: { openai: model.url } });
  try {
    const targets: Target[] = [
      { ...model, pid: undefined },
      withName(await started('bare Node pipe', 'barePipe.ts', model.url)),
      withName(await started('proxy that records nothing', 'nullProxy.ts', model.url)),
      withName({ name: 'capture', url: capture.address.url, pid: capture.child.pid }),
    ];
    const figures: Figure[] = [];
    for (const streams of [1, 10, 100]) {
      const measured = await measure(targets, streams, seconds);
      figures.push(...report(targets, measured, streams));
    }
    return figures;
  } finally {
    await capture.dispose();
    for (const child of children) await end(child);
  }
}

const withName = (target: Target): Target => ({ ...target, url: `${target.url}/openai` });

/** In turns, so that whatever else the machine does disturbs each target alike. */
async function measure(
  targets: readonly Target[],
  streams: number,
  seconds: number,
): Promise<Measured[]> {
  const measured = targets.map(() => ({ latencies: [] as number[], seconds: 0, used: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, target] of targets.entries()) {
      const sum = measured[index];
      if (!sum) continue;
      const [start, used] = [performance.now(), usedSeconds(target.pid)];
      sum.latencies.push(...(await askFor(target.url, streams, seconds)));
      sum.used += usedSeconds(target.pid) - used;
      sum.seconds += (performance.now() - start) / 1_000;
    }
  }
  return measured.map((sum) => ({ latencies: sum.latencies, load: sum.used / sum.seconds }));
}

async function askFor(url: string, streams: number, seconds: number): Promise<number[]> {
  const words = [url, streams, seconds * chunksPerSecond, 1_000 / chunksPerSecond].map(String);
  return JSON.parse(await text(startScript('client.ts', words).stdout)) as number[];
}

function report(
  targets: readonly Target[],
  measured: readonly Measured[],
  streams: number,
): Figure[] {
  const direct = measured[0]?.latencies ?? [];
  const added = (latencies: readonly number[], percent: number): number =>
    percentile(latencies, percent) - percentile(direct, percent);
  console.log(`${streams} × ${chunksPerSecond} chunks/s, ms that a chunk is under way:`);
  return targets.flatMap(({ name, pid }, index) => {
    const { latencies, load } = measured[index] ?? { latencies: [], load: NaN };
    const [p50, p99] = [percentile(latencies, 50), percentile(latencies, 99)];
    const memory = pid === undefined ? null : peakMegabytes(pid);
    console.log(
      `  ${name.padEnd(28)} p50 ${p50.toFixed(3)}  p99 ${p99.toFixed(3)}` +
        (index === 0
          ? ''
          : `  added ${added(latencies, 50).toFixed(3)} / ${added(latencies, 99).toFixed(3)}`) +
        (memory === null
          ? ''
          : `  ${(load * 100).toFixed(1)} % of a core, ${memory.toFixed(0)} MB`),
    );
    if (index < 2) return [];
    const title = `Proxy: ${name}, ${streams} streams, added`;
    return [
      figure(`${title}, p50`, added(latencies, 50), 0.2, 5),
      figure(`${title}, p99`, added(latencies, 99), 2, 100),
    ];
  });
}

const figure = (name: string, value: number, goal: number, limit: number): Figure => ({
  ...{ name, goal, limit, samples: [value] },
  ...{ unit: 'ms', by: 'median' },
});

const usedSeconds = (pid: number | undefined): number =>
  (pid === undefined ? null : processorSeconds(pid)) ?? NaN;

function startScript(script: string, words: readonly string[]) {
  const path = `test/bench/proxy/${script}`;
  return spawn(process.execPath, ['--import', 'tsx', path, ...words], {
    ...{ cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] },
  });
}
