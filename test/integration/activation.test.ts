import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension } from './support/inspector.js';

describe('activation', () => {
  it('is short, even while VS Code itself starts', async () => {
    const { isActive } = extension();
    assert.equal(isActive, false, 'this must be the first test: it measures the activation');
    const start = performance.now();
    await extension().activate();
    const took = performance.now() - start;
    // On a calm machine it takes 50 ms at most: `npm run bench` measures that.
    assert.ok(took <= 250, `activation took ${took.toFixed(1)} ms`);
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
