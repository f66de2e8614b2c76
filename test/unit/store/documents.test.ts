import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader } from '../../../src/formats/registry.js';
import type { TraceSummary } from '../../../src/model/trace.js';
import { TraceError } from '../../../src/protocol/errors.js';
import type { OpenParams } from '../../../src/protocol/storeMessages.js';
import { Documents } from '../../../src/store/process/documents.js';
import { ExampleTrace, stallRule } from './exampleTrace.js';
import { Told } from './waiting.js';

interface News {
  readonly method: string;
  readonly params: unknown;
  readonly atMs: number;
}

describe('Documents', function () {
  this.timeout(20_000);
  let folder: string;
  let path: string;
  let trace: ExampleTrace;
  let told: Told<News>;
  let documents: Documents;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'documents-'));
    path = join(folder, 'a.llmtrace');
    trace = await ExampleTrace.create();
    trace.addCall('call-1', 5);
    told = new Told();
    documents = new Documents(openReader, (method, params) =>
      told.tell({ method, params, atMs: performance.now() }),
    );
  });
  afterEach(() => {
    documents.closeAll();
    trace.writer.close();
    rmSync(folder, { recursive: true });
  });

  const ask = <M extends keyof Documents['handlers']>(
    method: M,
    params: Parameters<Documents['handlers'][M]>[0],
    signal = new AbortController().signal,
  ) => (documents.handlers[method] as (p: unknown, s: AbortSignal) => unknown)(params, signal);

  const open = (params: Partial<OpenParams> = {}, signal?: AbortSignal): Promise<TraceSummary> =>
    ask(
      'open',
      {
        document: 1,
        source: { kind: 'path', path },
        stallRule,
        confirmAboveBytes: Infinity,
        keys: [],
        ...params,
      },
      signal,
    ) as Promise<TraceSummary>;

  const save = (): void => writeFileSync(path, trace.writer.toBytes());
  const changedTo =
    (tokenCount: number) =>
    (news: News): boolean =>
      news.method === 'changed' &&
      (news.params as { summary: TraceSummary }).summary.runs[0]?.tokenCount === tokenCount;
  const lostBy =
    (code: string) =>
    (news: News): boolean =>
      news.method === 'sourceLost' &&
      (news.params as { error: { code: string } }).error.code === code;

  it('tells of a change of the file within a second, with a new generation', async () => {
    save();
    const first = await open();
    assert.equal(first.generation, 1);
    trace.addCall('call-2', 7);
    const writtenAtMs = performance.now();
    save();
    const news = await told.next(changedTo(12));
    assert.ok(news.atMs - writtenAtMs < 1_000, `${news.atMs - writtenAtMs} ms`);
    assert.ok((news.params as { summary: TraceSummary }).summary.generation > 1);
  });

  it('tells of rows that are only in the log', async () => {
    save();
    execFileSync('python3', ['-c', `${walWriter}\nwrite()`, path]);
    await open();
    const writtenAtMs = performance.now();
    execFileSync('python3', ['-c', `${walWriter}\nwrite()`, path]);
    const news = await told.next(
      ({ method, params }) =>
        method === 'changed' && (params as { summary: TraceSummary }).summary.runs.length === 3,
    );
    assert.ok(
      news.atMs - writtenAtMs < 2_000,
      `${news.atMs - writtenAtMs} ms with the start of python`,
    );
  });

  it('keeps the data when the file is deleted, half written or replaced by text, and recovers', async () => {
    save();
    const { runs } = await open();
    const run = runs[0]!.key;
    const stillThere = (): void => assert.ok(ask('run', { document: 1, run }));
    rmSync(path);
    await told.next(lostBy('not-found'));
    stillThere();
    const bytes = trace.writer.toBytes();
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    await told.next(lostBy('corrupt'));
    stillThere();
    writeFileSync(path, 'now I am a text file\n');
    await told.next(lostBy('not-a-database'));
    stillThere();
    trace.addCall('call-2', 7);
    writeFileSync(join(folder, 'new'), trace.writer.toBytes());
    renameSync(join(folder, 'new'), path);
    await told.next(changedTo(12));
  });

  it('tells a loss once', async () => {
    save();
    await open();
    rmSync(path);
    await told.next(lostBy('not-found'));
    writeFileSync(path, 'text');
    await told.next(lostBy('not-a-database'));
    writeFileSync(path, 'another text');
    save();
    await told.next(changedTo(5));
    assert.equal(told.all.filter(lostBy('not-found')).length, 1);
    assert.equal(told.all.filter(lostBy('not-a-database')).length, 1);
  });

  it('tries again when the reason may be over although the file stays as it is', async () => {
    save();
    let locked = false;
    documents = new Documents(
      (database, options) => {
        if (locked) throw new TraceError('no-permission', 'Another program holds the file.');
        return openReader(database, options);
      },
      (method, params) => {
        locked = false;
        told.tell({ method, params, atMs: performance.now() });
      },
    );
    await open();
    trace.addCall('call-2', 7);
    locked = true;
    save();
    await told.next(lostBy('no-permission'));
    await told.next(changedTo(12));
  });

  it('computes with the rule that was set, also after a change', async () => {
    save();
    await open();
    const strict = { minimumUs: 1 as typeof stallRule.minimumUs, medianFactor: 0 };
    const summary = ask('setStallRule', { document: 1, stallRule: strict }) as TraceSummary;
    trace.addCall('call-2', 7);
    save();
    await told.next(changedTo(12));
    const detail = ask('run', { document: 1, run: summary.runs[0]!.key }) as {
      steps: { call: { metrics: { stallCount: number } } }[];
    };
    assert.deepEqual(
      detail.steps.map(({ call }) => call.metrics.stallCount),
      [4, 6],
    );
  });

  it('opens bytes, which nothing can change', async () => {
    const summary = await open({
      source: { kind: 'bytes', bytes: trace.writer.toBytes(), fileName: 'virtual.llmtrace' },
    });
    assert.equal(summary.fileName, 'virtual.llmtrace');
  });

  it('ends an opening that is cancelled, and serves the next', async () => {
    save();
    truncateSync(path, 100 * 1024 * 1024);
    const controller = new AbortController();
    const opening = open({}, controller.signal);
    await told.next(({ method }) => method === 'progress');
    controller.abort();
    await assert.rejects(opening, isCode('cancelled'));
    save();
    assert.equal((await open()).runs.length, 1);
  });

  it('ends an opening that is closed', async () => {
    save();
    const opening = open();
    ask('close', { document: 1 });
    await assert.rejects(opening, isCode('cancelled'));
  });

  it('says that a closed trace is closed, and tells no more of it', async () => {
    save();
    await open();
    ask('close', { document: 1 });
    assert.throws(() => ask('step', { document: 1, step: 1 as never }), isCode('closed'));
    await open({ document: 2 });
    trace.addCall('call-2', 7);
    save();
    await told.next(changedTo(12));
    const changes = told.all.filter(({ method }) => method === 'changed');
    assert.ok(changes.every(({ params }) => (params as { document: number }).document === 2));
  });

  it('keeps traces apart that are open at the same time', async () => {
    save();
    await open();
    const other = await ExampleTrace.create();
    const bytes = other.writer.toBytes();
    other.writer.close();
    const second = await open({ document: 2, source: { kind: 'bytes', bytes, fileName: 'b' } });
    assert.equal(second.runs[0]?.callCount, 0);
    assert.throws(() => ask('run', { document: 3, run: 1 as never }), isCode('closed'));
    assert.ok(ask('run', { document: 1, run: second.runs[0].key }));
  });
});

const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof TraceError && error.code === code;

/** Adds a run that stays in the log, as a writer that is killed leaves it. */
const walWriter = `import os, sqlite3, sys, time
def write():
    c = sqlite3.connect(sys.argv[1], isolation_level=None)
    c.execute("PRAGMA journal_mode = WAL")
    c.execute("PRAGMA wal_autocheckpoint = 0")
    c.execute("INSERT INTO runs (run_id, started_at_us) VALUES (?, 1)", [str(time.time())])
    os._exit(0)`;
