/** What the proxy adds to the way of a chunk, beside the least that a proxy in Node can be. */
import type { ChildProcess } from 'node:child_process';
import { end } from '../../scripts/children.js';
import { CaptureProcess } from '../clients/harness/captureProcess.js';
import { type Figure, percentile } from './figures.js';
import { peakMegabytes } from './processUsage.js';
import {
  type Measured,
  type Target,
  chunksPerSecond,
  measure,
  startTarget,
} from './proxy/measure.js';

export async function benchProxy({ seconds = 4 } = {}): Promise<Figure[]> {
  const children: ChildProcess[] = [];
  const model = await startTarget(children, 'no proxy', 'upstream.ts');
  const capture = await CaptureProcess.start({ upstreams: { openai: model.url } });
  try {
    const targets: Target[] = [
      { ...model, pid: undefined },
      withName(await startTarget(children, 'bare Node pipe', 'barePipe.ts', model.url)),
      withName(
        await startTarget(children, 'proxy that records nothing', 'nullProxy.ts', model.url),
      ),
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
