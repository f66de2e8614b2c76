// Bundles each entry as an ES module and as CommonJS, and writes its types for both.
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { copyFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = dirname(fileURLToPath(import.meta.url));
const inFolder = (...names) => join(folder, ...names);
const entries = ['index', 'langchain'];

/** The adapters use the same trace as the agent: they import the package's main entry, not a copy of it. */
const mainEntryOutside = (ending) => ({
  name: 'main-entry-outside',
  setup(bundle) {
    bundle.onResolve({ filter: /\/index\.js$/ }, () => ({
      path: `./index.${ending}`,
      external: true,
    }));
  },
});

await rm(inFolder('dist'), { recursive: true, force: true });
const formats = [
  ['esm', 'js'],
  ['cjs', 'cjs'],
];
for (const [format, ending] of formats) {
  for (const entry of entries) {
    await build({
      entryPoints: [inFolder('src', `${entry}.ts`)],
      outfile: inFolder('dist', `${entry}.${ending}`),
      plugins: entry === 'index' ? [] : [mainEntryOutside(ending)],
      external: ['@langchain/core'],
      bundle: true,
      format,
      platform: 'node',
      target: 'node18',
      logLevel: 'warning',
    });
  }
}

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
await promisify(execFile)(process.execPath, [
  ...[compiler, '-p', folder, '--noEmit', 'false', '--declaration', '--emitDeclarationOnly'],
  ...['--outDir', inFolder('dist'), '--rootDir', inFolder('src')],
]);
for (const entry of entries) {
  await copyFile(inFolder('dist', `${entry}.d.ts`), inFolder('dist', `${entry}.d.cts`));
}
