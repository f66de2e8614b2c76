import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as vscode from 'vscode';
import type { CallNode, Node, RunNode, TraceNode } from '../../src/views/traceNodes.js';
import {
  closeAllEditors,
  copyOf,
  inspector,
  openTrace,
  workspaceFile,
} from './support/inspector.js';

async function children<K extends Node['kind']>(
  kind: K,
  node?: Node,
): Promise<Extract<Node, { kind: K }>[]> {
  const nodes = await (await inspector()).tree.getChildren(node);
  return nodes.filter((child): child is Extract<Node, { kind: K }> => child.kind === kind);
}

async function traceNode(uri: vscode.Uri): Promise<TraceNode | undefined> {
  const nodes = await children('trace');
  return nodes.find((node) => node.uri.toString() === uri.toString());
}

async function present<T>(value: Promise<T | undefined>): Promise<T> {
  const found = await value;
  if (found === undefined) throw new Error('The node is not in the tree.');
  return found;
}

describe('the tree of traces', () => {
  afterEach(closeAllEditors);

  it('lists an open trace with its runs and their calls', async () => {
    const file = workspaceFile('demo.llmtrace');
    const document = await openTrace(file);
    const trace = await present(traceNode(file));
    assert.equal(trace.isOpen, true);
    const runs = await children('run', trace);
    assert.equal(runs.length, document.summary?.runs.length);
    const calls = (await Promise.all(runs.map((run) => children('call', run)))).flat();
    const expected = document.summary?.runs.reduce((sum, { callCount }) => sum + callCount, 0);
    assert.equal(calls.length, expected);
  });

  it('shows the figures and the state of a call', async () => {
    const { tree } = await inspector();
    const file = workspaceFile('demo.llmtrace');
    await openTrace(file);
    const runs = await children('run', await present(traceNode(file)));
    const items = (await Promise.all(runs.map((run) => children('call', run))))
      .flat()
      .map((node) => tree.getTreeItem(node));
    const descriptions = items.map(({ description }) => String(description)).join('\n');
    assert.match(descriptions, /\d+ tokens, [\d.]+ tok\/s/);
    assert.match(descriptions, /failed: RATE_LIMIT/);
    assert.ok(items.every(({ iconPath }) => iconPath instanceof vscode.ThemeIcon));
  });

  it('keeps a closed trace as recent, opens it to show its runs, and lets it go when collapsed', async () => {
    const { documents, tree } = await inspector();
    const file = await copyOf(workspaceFile('demo.llmtrace'), 'recent.llmtrace');
    await openTrace(file);
    await closeAllEditors();
    const trace = await present(traceNode(file));
    assert.equal(trace.isOpen, false);
    assert.ok((await children('run', trace)).length > 0);
    assert.ok(documents.find(file));
    tree.collapsed(trace);
    assert.equal(documents.find(file), null);
  });

  it('marks a recent trace whose file is gone, and forgets it on demand', async () => {
    const { tree } = await inspector();
    const file = await copyOf(workspaceFile('demo.llmtrace'), 'gone.llmtrace');
    await openTrace(file);
    await closeAllEditors();
    await fs.rm(file.fsPath);
    const trace = await present(traceNode(file));
    assert.equal(trace.isMissing, true);
    assert.equal(tree.getTreeItem(trace).description, 'missing');
    await vscode.commands.executeCommand('llmStream.removeRecent', trace);
    assert.equal(await traceNode(file), undefined);
  });

  it('lets go of an expanded trace that is removed from the list', async () => {
    const { documents } = await inspector();
    const file = await copyOf(workspaceFile('demo.llmtrace'), 'removed.llmtrace');
    await openTrace(file);
    await closeAllEditors();
    const trace = await present(traceNode(file));
    await children('run', trace);
    assert.ok(documents.find(file));
    const closed = new Promise<void>((resolve) => {
      const listener = documents.onDidChange(() => {
        if (documents.find(file)) return;
        listener.dispose();
        resolve();
      });
    });
    await vscode.commands.executeCommand('llmStream.removeRecent', trace);
    await closed;
  });

  it('shows the first thousand of very many runs, and says how many more there are', async () => {
    const file = workspaceFile('demo.llmtrace');
    const document = await openTrace(file);
    const { state } = document;
    const [run] = document.summary?.runs ?? [];
    assert.ok(run && state.status === 'ready');
    const runs = Array.from({ length: 1_200 }, (_, key) => ({
      ...run,
      key,
      name: '\u202Enuer\n',
    }));
    const full = { ...state, summary: { ...state.summary, runs } };
    Object.defineProperty(document, 'state', { value: full, configurable: true });
    const { tree } = await inspector();
    const nodes = await tree.getChildren(await present(traceNode(file)));
    const [first, last] = [nodes[0], nodes.at(-1)];
    assert.ok(first && last?.kind === 'message');
    assert.match(last.text, /^200 more runs/);
    assert.equal(tree.getTreeItem(first).label, '\uFFFDnuer', 'no change of direction');
  });

  it('shows the reason below a trace that cannot be opened', async () => {
    const file = workspaceFile('unreadable.llmtrace');
    await fs.writeFile(file.fsPath, 'no trace '.repeat(200));
    await openTrace(file);
    const [message] = await children('message', await present(traceNode(file)));
    assert.match(message?.text ?? '', /\.$/);
  });

  it('finds the node of what is selected on a page', async () => {
    const { tree } = await inspector();
    const file = workspaceFile('demo.llmtrace');
    await openTrace(file);
    const [run] = await children('run', await present(traceNode(file)));
    const [call] = await children('call', run);
    const found = await tree.find(file, (run as RunNode).run.key, (call as CallNode).step.key);
    assert.equal(found?.kind === 'call' && found.step.id, call?.step.id);
  });

  it('opens the page of a call that is selected in it', async () => {
    const { sessions } = await inspector();
    const file = await copyOf(workspaceFile('demo.llmtrace'), 'revealed.llmtrace');
    await openTrace(file);
    await closeAllEditors();
    const [run] = await children('run', await present(traceNode(file)));
    const calls = await children('call', run);
    const call = calls.at(-1);
    await vscode.commands.executeCommand('llmStream.reveal', call);
    const session = sessions.find(file);
    assert.ok(session);
    await new Promise<void>((resolve) => {
      if (session.selection.step === call?.step.key) return resolve();
      session.onDidSelect(({ step }) => {
        if (step === call?.step.key) resolve();
      });
    });
  });

  it('copies the path of a trace', async () => {
    const file = workspaceFile('demo.llmtrace');
    await openTrace(file);
    await vscode.commands.executeCommand('llmStream.copyTracePath', await traceNode(file));
    assert.equal(await vscode.env.clipboard.readText(), file.fsPath);
  });
});
