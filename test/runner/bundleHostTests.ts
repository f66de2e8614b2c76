/** Bundles the integration tests, because VS Code's extension host loads JavaScript only. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { repository } from '../../scripts/dependencies.mjs';
import { findTests } from './findTests.js';

/** The module whose `run()` runs them. */
export async function bundleHostTests(): Promise<string> {
  const source = join(repository, 'test', 'integration');
  const outdir = join(repository, 'out', 'test', 'integration');
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: [
      { in: join(repository, 'test', 'runner', 'hostMain.ts'), out: 'index' },
      ...(await findTests(source, '.test.ts')).map((file) => ({
        in: file,
        out: file.slice(source.length + 1, -'.ts'.length),
      })),
    ],
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  return join(outdir, 'index.cjs');
}
