/** Entries of the product, and of tests, as they are shipped: threads and processes of their own load JavaScript. */
import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '../../../..');

/** `entries`: paths in the repository by the names of the bundles. Returns the folder that has NAME.js. */
export async function bundle(entries: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-stream-bundles-'));
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, path]) => [name, join(repository, path)]),
    ),
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'warning',
  });
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }');
  const sqlJs = dirname(createRequire(import.meta.url).resolve('sql.js'));
  await copyFile(join(sqlJs, 'sql-wasm.wasm'), join(folder, 'sql-wasm.wasm'));
  return folder;
}
