/**
 * How long chunks are under way through a proxy. Model, proxy and agents are processes of their own, so that none of
 * them waits for another's turn.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { repository } from '../../../scripts/dependencies.mjs';
import { processorSeconds } from '../processUsage.js';

export const chunksPerSecond = 50;
const rounds = 3;

/** Something that agents can ask for streams. */
export interface Target {
  readonly name: string;
  readonly url: string;
  /** None for the model itself. */
  readonly pid: number | undefined;
}

export interface Measured {
  /** Milliseconds. */
  readonly latencies: readonly number[];
  /** Share of a core. */
  readonly load: number;
}

/** Starts a script of this folder that prints its URL; `children` is where who started it finds it to end it. */
export async function startTarget(
  children: ChildProcess[],
  name: string,
  script: string,
  ...words: string[]
): Promise<Target> {
  const child = startScript(script, words);
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { name, url: (JSON.parse(line) as { url: string }).url, pid: child.pid };
}

/** In turns, so that whatever else the machine does disturbs each target alike. */
export async function measure(
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

const usedSeconds = (pid: number | undefined): number =>
  (pid === undefined ? null : processorSeconds(pid)) ?? NaN;

function startScript(script: string, words: readonly string[]) {
  const path = `test/bench/proxy/${script}`;
  return spawn(process.execPath, ['--import', 'tsx', path, ...words], {
    ...{ cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] },
  });
}
