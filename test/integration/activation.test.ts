import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { activationMs } from './support/activation.js';
import { extension } from './support/inspector.js';

describe('activation', () => {
  it('comes by itself when the start of VS Code is over', async () => {
    // Not by us: the capture in the status bar must be there before anything else is used.
    while (!extension().isActive) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('loads its code with at most 50 ms of processor time', () => {
    // Another copy, because the first was loaded before any test ran. Processor time, and not how long it took,
    // because that also depends on what else runs on the machine; the bench prints that.
    const require = createRequire(path.join(extension().extensionPath, 'dist', 'extension.cjs'));
    const bundle = require.resolve('./extension.cjs');
    Reflect.deleteProperty(require.cache, bundle);
    const before = process.cpuUsage();
    require(bundle);
    const { user, system } = process.cpuUsage(before);
    const costMs = (user + system) / 1_000;
    assert.ok(costMs <= 50, `loading cost ${costMs.toFixed(1)} ms`);
  });

  it('does not keep the start of VS Code waiting', () => {
    const tookMs = activationMs();
    assert.ok(tookMs <= 500, `activation took ${tookMs} ms`);
  });

  it('registers every command that the manifest declares', async () => {
    const manifest = extension().packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const registered = new Set(await vscode.commands.getCommands(true));
    const declared = manifest.contributes.commands.map(({ command }) => command);
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  });
});
