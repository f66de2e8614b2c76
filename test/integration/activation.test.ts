import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import * as vscode from 'vscode';
import { extension } from './support/inspector.js';

describe('activation', () => {
  it('costs at most 50 ms', async () => {
    assert.equal(extension().isActive, false, 'this must be the first test: it measures it');
    await hostIsCalm();
    // Processor time, because how long it takes also depends on what else runs on the machine.
    const before = process.cpuUsage();
    await extension().activate();
    const { user, system } = process.cpuUsage(before);
    const costMs = (user + system) / 1_000;
    assert.ok(costMs <= 50, `activation cost ${costMs.toFixed(1)} ms`);
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

/** Settles when VS Code's own start keeps the extension host busy no more. */
async function hostIsCalm(): Promise<void> {
  for (let calmMs = 0; calmMs < 500;) {
    const before = process.cpuUsage();
    await setTimeout(100);
    const { user, system } = process.cpuUsage(before);
    calmMs = user + system < 5_000 ? calmMs + 100 : 0;
  }
}
