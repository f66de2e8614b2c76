/** The traces whose viewing is measured; built once, because five million tokens take a minute. */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildLargeTrace } from '../../../demo/large.js';
import { repository } from '../../../scripts/dependencies.mjs';

export interface ScaleTrace {
  readonly name: string;
  readonly calls: number;
  readonly tokensPerCall: number;
  /** From the double click to the idle page, ms. */
  readonly openingGoalMs?: number;
}

export const scaleTraces: readonly ScaleTrace[] = [
  { name: '10,000 tokens in 10 calls', calls: 10, tokensPerCall: 1_000 },
  { name: '100,000 tokens in 100 calls', calls: 100, tokensPerCall: 1_000 },
  {
    ...{ name: '1,000,000 tokens in 1,000 calls', calls: 1_000, tokensPerCall: 1_000 },
    openingGoalMs: 1_500,
  },
  {
    name: '1,000,000 tokens in one call',
    calls: 1,
    tokensPerCall: 1_000_000,
    openingGoalMs: 1_500,
  },
  {
    ...{ name: '5,000,000 tokens in 5,000 calls', calls: 5_000, tokensPerCall: 1_000 },
    openingGoalMs: 6_000,
  },
];

export async function traceBytes({ calls, tokensPerCall }: ScaleTrace): Promise<Uint8Array> {
  const folder = join(repository, 'out', 'bench');
  const path = join(folder, `${calls}x${tokensPerCall}.llmtrace`);
  const isBuilt = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isBuilt) {
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.part`, await buildLargeTrace({ calls, tokensPerCall }));
    await rename(`${path}.part`, path);
  }
  return readFile(path);
}
