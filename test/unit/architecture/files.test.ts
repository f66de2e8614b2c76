import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSources, repository } from './sources.js';

const longest = 400;

describe('source files', () => {
  const sources = readSources(['src', 'webview', 'sdk', 'test', 'scripts', 'demo']);

  it(`have at most ${longest} lines`, () => {
    const tooLong = sources.filter(({ lines }) => lines > longest);
    assert.deepEqual(
      tooLong.map(({ path, lines }) => `${path}: ${lines} lines`),
      [],
    );
  });

  it('of the page never make HTML out of text', () => {
    const dangerous =
      /\.(innerHTML|outerHTML|insertAdjacentHTML|srcdoc)\b|document\.write|\beval\(/;
    const found = sources.filter(
      ({ path, text }) => path.startsWith('webview/') && dangerous.test(text),
    );
    assert.deepEqual(
      found.map(({ path }) => path),
      [],
    );
  });

  it('leave the compiler and the linter switched on', () => {
    const switchedOff = /@ts-(ignore|nocheck|expect-error)|eslint-disable/;
    const here = 'test/unit/architecture/files.test.ts';
    const found = sources.filter(({ path, text }) => path !== here && switchedOff.test(text));
    assert.deepEqual(
      found.map(({ path }) => path),
      [],
    );
  });
});

describe('package.json', () => {
  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    engines: { vscode: string };
    enabledApiProposals?: unknown;
    activationEvents: string[];
    dependencies?: Record<string, string>;
    devDependencies: Record<string, string>;
  };

  it('asks for the VS Code whose API it is compiled against', () => {
    const version = /^\^(\d+\.\d+)\./.exec(manifest.engines.vscode)?.[1];
    assert.equal(version, '1.106');
    assert.match(manifest.devDependencies['@types/vscode'] ?? '', /^~1\.106\./);
  });

  it('uses no proposed API', () => assert.equal(manifest.enabledApiProposals, undefined));

  it('is activated when the start of VS Code is over, for the capture in the status bar, and not before', () => {
    const eager = manifest.activationEvents.filter((event) =>
      /^(\*|onStartupFinished|onFileSystem:.*|workspaceContains:.*)$/.test(event),
    );
    assert.deepEqual(eager, ['onStartupFinished']);
  });

  it('has no dependencies at run time: everything is bundled', () => {
    assert.deepEqual(manifest.dependencies ?? {}, {});
  });
});
