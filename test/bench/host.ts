/** The extension host of a real VS Code, several times anew. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildLargeTrace } from '../../demo/large.js';
import { repository } from '../../scripts/dependencies.mjs';
import { chooseLauncher } from '../runner/launcher.js';
import { makeWorkspace } from '../runner/workspace.js';
import type { Figure } from './figures.js';
import type { HostFigures } from './inHost.js';

export async function benchHost(runs: number): Promise<Figure[]> {
  const tests = join(repository, 'out', 'bench', 'inHost.cjs');
  await build({
    entryPoints: [join(repository, 'test', 'bench', 'inHost.ts')],
    ...{ outfile: tests, bundle: true, platform: 'node', format: 'cjs', external: ['vscode'] },
  });
  const launcher = await chooseLauncher(console.log);
  const workspace = await makeWorkspace();
  const resultsFile = join(workspace.folder, 'figures.json');
  const measured: HostFigures[] = [];
  try {
    const bytes = await buildLargeTrace({ calls: 1, tokensPerCall: 100_000 });
    await writeFile(join(workspace.folder, 'large.llmtrace'), bytes);
    for (let number = 0; number < runs; number++) {
      await launcher.runInHost({
        folder: workspace.folder,
        ...{ tests, timeoutMs: 60_000 },
        environment: { LLM_STREAM_BENCH_RESULTS: resultsFile },
      });
      measured.push(JSON.parse(await readFile(resultsFile, 'utf8')) as HostFigures);
    }
  } finally {
    await launcher.dispose();
    await workspace.remove();
  }
  const samplesOf = (key: keyof HostFigures): number[] => measured.map((figures) => figures[key]);
  return [
    {
      ...{ name: 'Host: activation', unit: 'ms', by: 'median', goal: 50, limit: 250 },
      samples: samplesOf('activationMs'),
    },
    {
      ...{ name: 'Host: longest work at a time, doing nothing', unit: 'ms', by: 'median' },
      samples: samplesOf('idleDelayMs'),
    },
    {
      ...{ name: 'Host: longest work at a time, opening 100,000 tokens', unit: 'ms', by: 'median' },
      ...{ goal: 16, limit: 100, samples: samplesOf('openingDelayMs') },
    },
  ];
}
