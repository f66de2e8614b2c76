/** One file in two windows, each with a store process of its own, while it is recorded, lost and replaced. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rename, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultStallRule } from '../../src/model/stalls.js';
import { tokenText } from '../../src/model/tokens.js';
import type { TraceSummary } from '../../src/model/trace.js';
import type { TraceError } from '../../src/protocol/errors.js';
import { StoreClient } from '../../src/store/process/client.js';
import { bundle } from '../unit/capture/log/bundles.js';
import { expectedTokens } from '../unit/capture/log/sampleEvents.js';
import { Told } from '../unit/store/waiting.js';
import { WriterProcess } from './writerProcess.js';

type Lost = { readonly code: string; readonly message: string };

class Window {
  readonly changes = new Told<TraceSummary>();
  readonly losses = new Told<Lost>();
  readonly ends = new Told<TraceError>();
  private readonly client: StoreClient;

  constructor(
    modulePath: string,
    private readonly path: string,
  ) {
    this.client = new StoreClient({
      modulePath,
      handlers: {
        progress: () => undefined,
        changed: ({ summary }) => this.changes.tell(summary),
        sourceLost: ({ error }) => this.losses.tell(error),
      },
      onEnd: this.ends.tell,
    });
  }

  open(): Promise<TraceSummary> {
    return this.client.request('open', {
      ...{ document: 1, source: { kind: 'path', path: this.path }, stallRule: defaultStallRule },
      ...{ confirmAboveBytes: Infinity, keys: [] },
    });
  }

  /** State and tokens of the only call, as they are shown now. */
  async shown(): Promise<{ state: string | undefined; tokens: string[] }> {
    const { runs } = await this.client.request('sync', { document: 1 });
    const { steps } = await this.client.request('run', { document: 1, run: runs[0]!.key });
    const { key, call } = steps[0]!;
    const range = { from: 0, count: 1_000_000 };
    const columns = await this.client.request('tokens', { document: 1, call: key, ...range });
    return {
      state: call?.state,
      tokens: Array.from({ length: columns.count }, (_, at) => tokenText(columns, at)),
    };
  }

  killStore(): void {
    process.kill(this.client.processId ?? 0, 'SIGKILL');
  }

  close(): void {
    this.client.dispose();
  }
}

describe('a trace in two windows', function () {
  this.timeout(60_000);
  let bundles: string;
  let folder: string;
  let path: string;
  let writer: WriterProcess;
  let windows: readonly [Window, Window];

  before(async () => {
    bundles = await bundle({
      ...{ fold: 'src/foldWorker.ts', writer: 'test/faults/steadyWriter.ts' },
      store: 'src/storeProcess.ts',
    });
  });
  after(() => rm(bundles, { recursive: true, force: true }));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stream-shared-'));
    path = join(folder, 'agent.llmtrace');
    writer = new WriterProcess(bundles, path);
    await writer.next(({ folds }) => folds > 0);
    const store = join(bundles, 'store.js');
    windows = [new Window(store, path), new Window(store, path)];
    for (const window of windows) await window.open();
  });
  afterEach(async () => {
    for (const window of windows) window.close();
    writer.kill();
    await rm(folder, { recursive: true, force: true });
  });

  const assertBothShow = async (state: string, tokens: number): Promise<void> => {
    for (const window of windows) {
      assert.deepEqual(await window.shown(), { state, tokens: expectedTokens('a', tokens) });
    }
  };

  it('is followed by both; the death of one store process is a sentence in its window alone', async () => {
    const [first, second] = windows;
    const before = (await second.shown()).tokens.length;
    first.killStore();
    const end = await first.ends.next(() => true);
    assert.equal(
      end.message,
      'The process that reads traces ended unexpectedly. Reload the trace to start it again.',
    );
    const { tokens: written } = await writer.next(({ tokens }) => tokens > before);
    const shown = await second.shown();
    assert.ok(shown.tokens.length >= written, `${shown.tokens.length} of ${written}`);
    await first.open();
    const { tokens } = await writer.stop();
    await assertBothShow('completed', tokens);
    assert.deepEqual(second.ends.all, []);
  });

  it('shows the same in both when its capture is killed: what came, as interrupted', async () => {
    const { tokens } = await writer.next(({ isTaken }) => isTaken);
    writer.kill();
    for (const window of windows) {
      await window.changes.next(({ runs }) => runs[0]?.status === 'failed');
    }
    const [one, other] = await Promise.all(windows.map((window) => window.shown()));
    assert.deepEqual(one, other);
    assert.equal(one?.state, 'interrupted');
    assert.ok((one?.tokens.length ?? 0) >= tokens);
  });

  it('keeps what it shows in both while it is deleted or cut, and is read anew when it is back', async () => {
    const { tokens } = await writer.stop();
    await assertBothShow('completed', tokens);
    const copy = join(folder, 'copy');
    await copyFile(path, copy);
    await rm(path);
    for (const { losses } of windows) {
      const { message } = await losses.next(({ code }) => code === 'not-found');
      assert.match(message, /agent\.llmtrace does not exist/);
    }
    await copyFile(copy, `${path}.new`);
    await truncate(`${path}.new`, (await stat(copy)).size / 2);
    await rename(`${path}.new`, path);
    for (const { losses } of windows) await losses.next(({ code }) => code === 'corrupt');
    const told = windows.map(({ changes }) => changes.all.length);
    await rename(copy, path);
    for (const [index, { changes }] of windows.entries()) {
      await changes.next(({ runs }) => runs[0]?.tokenCount === tokens, told[index]);
    }
    await assertBothShow('completed', tokens);
  });
});
