import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../../../scripts/dependencies.mjs';

interface Manifest {
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: string;
      readonly restrictedConfigurations: readonly string[];
    };
  };
  readonly contributes: {
    readonly commands: readonly { command: string; category: string; title: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly menus: Readonly<Record<string, readonly { command: string; when?: string }[]>>;
  };
}

interface Setting {
  readonly default: unknown;
  readonly scope?: string;
  readonly tags?: readonly string[];
}

const read = (name: string): Promise<string> => readFile(join(repository, name), 'utf8');

describe('what the manifest offers', () => {
  let contributes: Manifest['contributes'];
  let capabilities: Manifest['capabilities'];
  before(async () => {
    ({ contributes, capabilities } = JSON.parse(await read('package.json')) as Manifest);
  });

  it('is in the README as far as it is in the command palette', async () => {
    const readme = await read('README.md');
    const hidden = new Set(contributes.menus['commandPalette']?.map(({ command }) => command));
    const missing = contributes.commands
      .filter(({ command }) => !hidden.has(command))
      .map(({ category, title }) => `${category}: ${title}`)
      .filter((name) => !readme.includes(name));
    assert.deepEqual(missing, []);
  });

  it('has only commands in its menus that it declares', () => {
    const declared = new Set(contributes.commands.map(({ command }) => command));
    const inMenus = Object.values(contributes.menus).flat();
    assert.deepEqual(
      inMenus.filter(({ command }) => !declared.has(command)),
      [],
    );
  });

  it('offers no folder as a trace', () => {
    const entries = contributes.menus['explorer/context'] ?? [];
    assert.ok(entries.length > 0);
    for (const { when } of entries) assert.match(when ?? '', /!explorerResourceIsFolder/);
  });

  it('lets no folder that is not trusted say where requests and their keys go', () => {
    const { supported, restrictedConfigurations } = capabilities.untrustedWorkspaces;
    // VS Code heeds the list for this value only.
    assert.equal(supported, 'limited');
    const ofCapture = Object.keys(contributes.configuration.properties).filter((name) =>
      /^llmStream\.(capture|upstreams|redaction|experimental)\b/.test(name),
    );
    assert.ok(ofCapture.length >= 9);
    assert.deepEqual([...restrictedConfigurations].sort(), ofCapture.sort());
  });

  it('lets no folder at all say what is deleted, and deletes nothing unless told to', () => {
    const settings = Object.entries(contributes.configuration.properties).filter(([name]) =>
      name.startsWith('llmStream.retention.'),
    );
    assert.equal(settings.length, 3);
    for (const [name, setting] of settings) {
      assert.equal(setting.scope, 'machine', name);
      assert.equal(setting.default, 0, name);
    }
  });

  it('is off where it is experimental, marked so, and documented in one place', async () => {
    const settings = Object.entries(contributes.configuration.properties).filter(([name]) =>
      name.startsWith('llmStream.experimental.'),
    );
    assert.ok(settings.length > 0);
    const capture = await read('docs/capture.md');
    for (const [name, setting] of settings) {
      assert.equal(setting.default, false, name);
      assert.deepEqual(setting.tags, ['experimental'], name);
      assert.ok(capture.includes(`\`${name}\``), `${name} is not in docs/capture.md`);
    }
  });
});
