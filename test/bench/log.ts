/** The log of a capture: what appending costs the loop that proxies, and what folding costs beside it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../unit/capture/log/bundles.js';
import type { Figure } from './figures.js';
import type { LogFigures } from './logLoad.js';

const run = promisify(execFile);

export async function benchLog(): Promise<Figure[]> {
  const bundles = await bundle({ fold: 'src/foldWorker.ts', load: 'test/bench/logLoad.ts' });
  const folder = await mkdtemp(join(tmpdir(), 'llm-stream-bench-'));
  try {
    const args = [join(bundles, 'load.js'), join(bundles, 'fold.js'), folder];
    const { stdout } = await run(process.execPath, args);
    return figuresOf(JSON.parse(stdout) as LogFigures);
  } finally {
    for (const made of [bundles, folder]) await rm(made, { recursive: true, force: true });
  }
}

function figuresOf(measured: LogFigures): Figure[] {
  const rate = `${Math.round(measured.tokensPerSecond)} tokens/s`;
  return [
    {
      name: `Log: one append at ${rate}, p99`,
      unit: 'ms',
      by: 'max',
      ...{ goal: 0.2, limit: 5, samples: [measured.appendP99Us / 1_000] },
    },
    {
      name: `Log: delay of the loop with it, p99 (${measured.folds} folds)`,
      unit: 'ms',
      by: 'max',
      ...{ goal: 3, limit: 50, samples: [measured.loopP99Ms] },
    },
    {
      name: 'Log: delay of the same loop without it, p99',
      unit: 'ms',
      by: 'max',
      samples: [measured.bareLoopP99Ms],
    },
    {
      name: 'Log: fold of 100,000 tokens',
      unit: 'ms',
      by: 'max',
      ...{ goal: 1_500, limit: 15_000, samples: [measured.foldMs] },
    },
    {
      name: 'Log: memory of recording and folding 1,000,000 tokens',
      unit: 'MB',
      by: 'max',
      ...{ goal: 50, limit: 150, samples: [measured.millionPeakMegabytes] },
    },
  ];
}
