import assert from 'node:assert/strict';
import { type Source, readSources } from './sources.js';

const sources = readSources(['src', 'webview', 'sdk/typescript/src']);

/** Files that break a rule, each with what it imports against it. */
function violations(
  applies: (source: Source) => boolean,
  forbidden: (imported: string) => boolean,
): string[] {
  return sources
    .filter(applies)
    .flatMap(({ path, files, packages }) =>
      [...files, ...packages].filter(forbidden).map((imported) => `${path} imports ${imported}`),
    );
}

const below =
  (...folders: string[]) =>
  ({ path }: Source): boolean =>
    folders.some((folder) => path.startsWith(`${folder}/`));

const isRepositoryFile = (imported: string): boolean =>
  /^(src|webview|sdk|test|demo)\//.test(imported);

/** What each folder may import of the repository, beside itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'src/model': [],
  'src/protocol': ['src/model'],
  'src/store': ['src/model', 'src/protocol'],
  'src/formats': ['src/model', 'src/protocol', 'src/store'],
  'src/redaction': ['src/model', 'src/protocol'],
  'src/capture': ['src/model', 'src/protocol', 'src/store', 'src/redaction'],
  'src/maintenance': ['src/model', 'src/protocol', 'src/store', 'src/formats', 'src/redaction'],
  'src/cli': [
    ...['src/model', 'src/protocol', 'src/store', 'src/formats', 'src/redaction'],
    ...['src/capture', 'src/maintenance'],
  ],
  'src/editor': [
    ...['src/model', 'src/protocol', 'src/store', 'src/formats', 'src/redaction'],
    ...['src/capture', 'src/maintenance'],
  ],
  'src/views': [
    ...['src/model', 'src/protocol', 'src/store', 'src/formats', 'src/redaction'],
    ...['src/capture', 'src/maintenance', 'src/editor'],
  ],
  'src/commands': [
    ...['src/model', 'src/protocol', 'src/store', 'src/formats', 'src/redaction'],
    ...['src/capture', 'src/maintenance', 'src/editor', 'src/views'],
  ],
  webview: ['src/model', 'src/protocol'],
  'sdk/typescript/src': [],
  'sdk/typescript/src/sending': ['sdk/typescript/src/wire.ts', 'sdk/typescript/src/settings.ts'],
};

const compositionRoots = [
  ...['src/extension.ts', 'src/storeProcess.ts'],
  ...['src/foldWorker.ts', 'src/cli/main.ts'],
];

describe('imports between folders', () => {
  for (const [folder, others] of Object.entries(allowed)) {
    it(`${folder} imports only ${others.join(', ') || 'itself'}`, () => {
      const permitted = [folder, ...others].map((name) =>
        name.endsWith('.ts') ? name : `${name}/`,
      );
      const found = violations(
        (source) => below(folder)(source) && !compositionRoots.includes(source.path),
        (imported) =>
          isRepositoryFile(imported) && !permitted.some((start) => imported.startsWith(start)),
      );
      assert.deepEqual(found, []);
    });
  }

  it('every source folder has a rule', () => {
    const unruled = sources.filter(
      ({ path }) =>
        !Object.keys(allowed).some((folder) => path.startsWith(`${folder}/`)) &&
        !compositionRoots.includes(path) &&
        !path.endsWith('.d.ts'),
    );
    assert.deepEqual(
      unruled.map(({ path }) => path),
      [],
    );
  });

  it('the parts of the page meet only in its state', () => {
    const parts = ['timeline', 'replay', 'tokens', 'statistics'];
    const found = parts.flatMap((part) =>
      violations(below(`webview/${part}`), (imported) =>
        parts.some((other) => other !== part && imported.startsWith(`webview/${other}/`)),
      ),
    );
    assert.deepEqual(found, []);
  });

  it('nothing imports a composition root', () => {
    const found = violations(
      () => true,
      (imported) => compositionRoots.includes(imported),
    );
    assert.deepEqual(found, []);
  });
});

describe('imports of packages', () => {
  const only = (files: (source: Source) => boolean, packageName: RegExp): string[] =>
    violations(
      (source) => !files(source),
      (imported) => packageName.test(imported),
    );

  it('vscode is used only in the extension host', () => {
    const host = below('src/editor', 'src/views', 'src/commands');
    const allowedIn = (source: Source): boolean =>
      host(source) || source.path === 'src/extension.ts';
    assert.deepEqual(only(allowedIn, /^vscode$/), []);
  });

  it('sql.js is used in one file', () => {
    assert.deepEqual(
      only(({ path }) => path === 'src/store/database.ts', /^sql\.js/),
      [],
    );
  });

  it('d3 is used only in the page', () => {
    assert.deepEqual(only(below('webview'), /^d3/), []);
  });

  it('the UI toolkit is used in one file', () => {
    assert.deepEqual(
      only(({ path }) => path === 'webview/toolkit.ts', /^@vscode\/webview-ui-toolkit/),
      [],
    );
  });

  it('model, protocol and page use nothing of Node', () => {
    assert.deepEqual(
      violations(below('src/model', 'src/protocol', 'webview'), (imported) =>
        /^node:/.test(imported),
      ),
      [],
    );
  });

  it('the SDK needs no package, but LangChain in its adapter', () => {
    const found = sources.filter(below('sdk/typescript/src')).flatMap(({ path, packages }) =>
      packages
        .filter((name) => !name.startsWith('node:'))
        .filter((name) => !(path.includes('/langchain') && name.startsWith('@langchain/core/')))
        .map((name) => `${path} imports ${name}`),
    );
    assert.deepEqual(found, []);
  });

  it('modules of Node are named with node:', () => {
    assert.deepEqual(
      violations(
        () => true,
        (imported) =>
          /^(fs|path|os|child_process|crypto|zlib|url|util|events)(\/|$)/.test(imported),
      ),
      [],
    );
  });

  it('acquireVsCodeApi is called in one file', () => {
    const users = sources.filter(({ text }) => text.includes('acquireVsCodeApi'));
    assert.deepEqual(
      users.map(({ path }) => path),
      ['webview/host.ts'],
    );
  });
});
