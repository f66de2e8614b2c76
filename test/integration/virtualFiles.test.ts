import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as vscode from 'vscode';
import { MemoryFiles } from './support/memoryFiles.js';
import {
  User,
  closeAllEditors,
  inspector,
  openTrace,
  settled,
  whenState,
  workspaceFile,
} from './support/inspector.js';

const virtual = (path: string): vscode.Uri => vscode.Uri.from({ scheme: 'memory', path });

describe('traces of virtual file systems', () => {
  let files: MemoryFiles;
  let registration: vscode.Disposable;
  let demo: Uint8Array;
  let database: Uint8Array;
  before(async () => {
    demo = await fs.readFile(workspaceFile('demo.llmtrace').fsPath);
    database = await fs.readFile(workspaceFile('support.db').fsPath);
  });
  beforeEach(() => {
    files = new MemoryFiles();
    registration = vscode.workspace.registerFileSystemProvider('memory', files);
  });
  afterEach(async () => {
    await closeAllEditors();
    registration.dispose();
  });

  it('open by their bytes', async () => {
    files.put('/virtual.llmtrace', demo);
    const document = await openTrace(virtual('/virtual.llmtrace'));
    const [run] = document.summary?.runs ?? [];
    assert.ok(run);
    assert.ok((await document.request('run', { run: run.key })).steps.length > 0);
  });

  it('are read again when they change, as newer data', async () => {
    files.put('/changing.llmtrace', demo);
    const document = await openTrace(virtual('/changing.llmtrace'));
    const before = document.summary;
    assert.ok(before);
    files.put('/changing.llmtrace', database);
    await whenState(
      document,
      (state) => state.status === 'ready' && state.summary.formatLabel !== before.formatLabel,
    );
    assert.ok((document.summary?.generation ?? 0) > before.generation);
  });

  it('are not even read when they are too large', async () => {
    files.put('/huge.llmtrace', demo);
    files.claimedSize = 3_000_000_000;
    const { state } = await openTrace(virtual('/huge.llmtrace'));
    assert.equal(state.status === 'failed' && state.error.code, 'too-large');
    assert.match(state.status === 'failed' ? state.error.message : '', /3,000 MB/);
    assert.equal(files.reads, 0);
  });

  it('say when they are not there', async () => {
    const { documents } = await inspector();
    const hold = documents.hold(virtual('/missing.llmtrace'));
    const state = await whenState(hold.document, settled);
    hold.dispose();
    assert.equal(state.status === 'failed' && state.error.code, 'not-found');
  });

  it('can be given up while they are read, and tried again', async () => {
    files.put('/slow.llmtrace', demo);
    let open: () => void = () => undefined;
    files.gate = new Promise((resolve) => (open = resolve));
    const { documents } = await inspector();
    const hold = documents.hold(virtual('/slow.llmtrace'));
    hold.document.cancel();
    const { state } = hold.document;
    assert.equal(state.status === 'failed' && state.error.code, 'cancelled');
    open();
    await hold.document.open();
    assert.equal(hold.document.state.status, 'ready');
    hold.dispose();
  });

  it('that open slowly show their progress in a notification that can be cancelled', async () => {
    const user = new User();
    const shown = user.readProgress();
    files.put('/slow.llmtrace', demo);
    let open: () => void = () => undefined;
    files.gate = new Promise((resolve) => (open = resolve));
    try {
      const opened = openTrace(virtual('/slow.llmtrace'));
      const { options, done } = await shown;
      assert.match(options.title ?? '', /slow\.llmtrace/);
      assert.equal(options.cancellable, true);
      open();
      await Promise.all([opened, done]);
    } finally {
      user.leave();
    }
  });
});
