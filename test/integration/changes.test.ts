import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TraceDocument } from '../../src/editor/traceDocument.js';
import type { TraceSummary } from '../../src/model/trace.js';
import {
  closeAllEditors,
  copyOf,
  inspector,
  openTrace,
  replaceFile,
  whenState,
  workspaceFile,
} from './support/inspector.js';

/** The next summary that fulfils the condition, and how long it took to come. */
async function nextSummary(
  document: TraceDocument,
  condition: (summary: TraceSummary) => boolean,
): Promise<{ summary: TraceSummary; tookMs: number }> {
  const start = performance.now();
  const state = await whenState(
    document,
    (candidate) => candidate.status === 'ready' && condition(candidate.summary),
  );
  if (state.status !== 'ready') throw new Error('not reached');
  return { summary: state.summary, tookMs: performance.now() - start };
}

const runIds = (summary: TraceSummary | null): string =>
  (summary?.runs ?? []).map(({ id }) => id).join();

describe('a trace that changes on disk', () => {
  afterEach(closeAllEditors);

  it('is shown anew within a second', async () => {
    const file = await copyOf(workspaceFile('support.db'), 'replaced.db');
    const document = await openTrace(file, 'llmStream.database');
    const before = document.summary;
    assert.ok(before);
    await replaceFile(file, await fs.readFile(workspaceFile('demo.llmtrace').fsPath));
    const { summary, tookMs } = await nextSummary(
      document,
      (now) => runIds(now) !== runIds(before),
    );
    assert.ok(tookMs < 1_000, `took ${tookMs.toFixed(0)} ms`);
    assert.ok(summary.generation > before.generation);
  });

  it('is shown anew when only its write-ahead log changes', async () => {
    const wal = await fs.readFile(workspaceFile('support-live.db-wal').fsPath);
    const log = workspaceFile('growing.db-wal');
    await fs.writeFile(log.fsPath, wal.subarray(0, wal.length - 3 * 4_120));
    const file = await copyOf(workspaceFile('support-live.db'), 'growing.db');
    const document = await openTrace(file, 'llmStream.database');
    const before = document.summary;
    assert.ok(before);
    await fs.writeFile(log.fsPath, wal);
    const { tookMs } = await nextSummary(
      document,
      ({ generation }) => generation > before.generation,
    );
    assert.ok(tookMs < 1_000, `took ${tookMs.toFixed(0)} ms`);
  });

  it('keeps its last data while the file is away, and says so', async () => {
    const file = await copyOf(workspaceFile('demo.llmtrace'), 'away.llmtrace');
    const document = await openTrace(file);
    await fs.rename(file.fsPath, `${file.fsPath}.moved`);
    const lost = await whenState(
      document,
      (state) => state.status === 'ready' && state.sourceLost !== null,
    );
    assert.equal(lost.status === 'ready' && lost.sourceLost?.code, 'not-found');
    await fs.rename(`${file.fsPath}.moved`, file.fsPath);
    await whenState(document, (state) => state.status === 'ready' && state.sourceLost === null);
  });
});

describe('settings', () => {
  const configuration = (): vscode.WorkspaceConfiguration =>
    vscode.workspace.getConfiguration('llmStream');
  const set = (name: string, value: unknown): Thenable<void> =>
    configuration().update(name, value, vscode.ConfigurationTarget.Workspace);
  afterEach(async () => {
    await closeAllEditors();
    await set('stalls.minimumMilliseconds', undefined);
  });

  it('apply to open traces at once', async () => {
    const document = await openTrace(workspaceFile('demo.llmtrace'));
    const stalls = async (): Promise<number> => {
      let count = 0;
      for (const { key } of document.summary?.runs ?? []) {
        const { steps } = await document.request('run', { run: key });
        for (const { call } of steps) count += call?.metrics.stallCount ?? 0;
      }
      return count;
    };
    assert.ok((await stalls()) > 0, 'the demo trace has stalls');
    const { summary } = document;
    assert.ok(summary);
    await set('stalls.minimumMilliseconds', 600_000);
    await nextSummary(document, (now) => now !== summary);
    assert.equal(await stalls(), 0);
  });
});

describe('a store process that dies', () => {
  afterEach(closeAllEditors);

  it('is started again, and open traces come back by themselves', async () => {
    const document = await openTrace(workspaceFile('demo.llmtrace'));
    const before = document.summary;
    assert.ok(before);
    const states: string[] = [];
    const listener = document.onDidChangeState(({ status }) => states.push(status));
    const { store } = await inspector();
    assert.ok(store.processId);
    process.kill(store.processId, 'SIGKILL');
    const { summary } = await nextSummary(document, (now) => now !== before);
    listener.dispose();
    assert.equal(runIds(summary), runIds(before));
    assert.ok(summary.generation > before.generation, 'the page asks for everything again');
    assert.ok(
      states.every((status) => status === 'ready'),
      'the page keeps its data meanwhile',
    );
    const [run] = summary.runs;
    assert.ok(run && (await document.request('run', { run: run.key })).steps.length > 0);
    assert.ok((await inspector()).documents.find(document.uri));
  });

  it('is left to the user when it dies again at once', async () => {
    const { store } = await inspector();
    const document = await openTrace(workspaceFile('demo.llmtrace'));
    for (const expected of ['ready', 'failed']) {
      const before = document.state;
      assert.ok(store.processId);
      process.kill(store.processId, 'SIGKILL');
      const { status } = await whenState(document, (state) => state !== before);
      assert.equal(status, expected);
    }
    const { state } = document;
    assert.ok(state.status === 'failed' && state.actions.includes('retry'));
    await document.open();
    assert.equal(document.state.status, 'ready');
  });
});
