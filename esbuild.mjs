// Bundles the extension host's entry, the store process, the command line and the trace page.
import { build, context } from 'esbuild';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'warning',
  metafile: true,
};

/** zod brings its messages in fifty languages; ours are in one. */
const englishOnly = {
  name: 'english-only',
  setup(bundle) {
    bundle.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

const node = {
  ...common,
  plugins: [englishOnly],
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  outdir: 'dist',
};

const bundles = [
  // The extension host loads this at activation: it must stay small, and must not contain sql.js.
  {
    ...node,
    entryPoints: { extension: 'src/extension.ts' },
    // VS Code takes anything but .cjs for an ES module, because the package is one.
    outExtension: { '.js': '.cjs' },
    external: ['vscode'],
  },
  {
    ...node,
    entryPoints: {
      store: 'src/storeProcess.ts',
      fold: 'src/foldWorker.ts',
      cli: 'src/cli/main.ts',
    },
  },
  {
    ...common,
    entryPoints: { page: 'webview/main.ts' },
    outdir: 'dist/webview',
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  },
];

await mkdir('dist', { recursive: true });
// The bundles are CommonJS (sql.js is), inside a package that is not.
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
await copyFile('node_modules/sql.js/dist/sql-wasm.wasm', 'dist/sql-wasm.wasm');
if (watch) {
  for (const options of bundles) await (await context(options)).watch();
} else {
  const results = await Promise.all(bundles.map((options) => build(options)));
  // Which packages are shipped, for their licences (scripts/notices.ts).
  const files = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  await mkdir('out', { recursive: true });
  await writeFile('out/bundled-files.json', JSON.stringify(files));
}
