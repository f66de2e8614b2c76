import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activationMs } from './support/activation.js';
import { extension } from './support/inspector.js';

describe('activation', () => {
  it('comes by itself when the start of VS Code is over', async () => {
    // Not by us: the capture in the status bar must be there before anything else is used.
    while (!extension().isActive) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('costs at most 50 ms', () => {
    const costMs = activationMs();
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
