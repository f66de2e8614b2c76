// Bundles each entry as an ES module and as CommonJS, and writes their types.
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = dirname(fileURLToPath(import.meta.url));
const inFolder = (...names) => join(folder, ...names);
const entries = ['index', 'langchain'];
/** In types: another of their files. */
const imported = /\bfrom '(\.[^']*)\.js'/g;

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

await writeTypes();

/** Only those that an agent can name: the others describe the inside of the bundles. */
async function writeTypes() {
  const all = inFolder('dist', 'types');
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [
    ...[compiler, '-p', folder, '--noEmit', 'false', '--declaration', '--emitDeclarationOnly'],
    ...['--outDir', all, '--rootDir', inFolder('src')],
  ]);
  for (const [name, text] of await reachedFrom(all, entries)) {
    await mkdir(dirname(inFolder('dist', name)), { recursive: true });
    await writeFile(inFolder('dist', `${name}.d.ts`), text);
    // To a CommonJS program an ES module is not there, not even its types.
    await writeFile(inFolder('dist', `${name}.d.cts`), text.replaceAll(imported, "from '$1.cjs'"));
  }
  await rm(all, { recursive: true });
}

/** Their texts by their names, which have no ending. */
async function reachedFrom(all, names) {
  const reached = new Map(names.map((name) => [name, '']));
  for (const name of reached.keys()) {
    const text = await readFile(join(all, `${name}.d.ts`), 'utf8');
    reached.set(name, text);
    for (const [, path] of text.matchAll(imported)) {
      const inner = posix.join(posix.dirname(name), path);
      if (!reached.has(inner)) reached.set(inner, '');
    }
  }
  return reached;
}
