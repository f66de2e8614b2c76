import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader } from '../../../src/formats/registry.js';
import type { RunDetail, TraceSummary } from '../../../src/model/trace.js';
import { encodeEvent, encodeHeader } from '../../../src/store/log/logLines.js';
import { Documents } from '../../../src/store/process/documents.js';
import { stallRule } from './exampleTrace.js';
import { callEnded, callStarted, runStarted, sampleEvents, tokensCame } from './log/logEvents.js';
import { SmallCapture } from './smallCapture.js';
import { Told } from './waiting.js';

interface News {
  readonly method: string;
  readonly params: { readonly summary: TraceSummary; readonly error?: { readonly code: string } };
  readonly atMs: number;
}

describe('a document that a capture writes', function () {
  this.timeout(20_000);
  let folder: string;
  let path: string;
  let capture: SmallCapture;
  let told: Told<News>;
  let documents: Documents;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'live-'));
    path = join(folder, 'a.llmtrace');
    capture = await SmallCapture.begin(path);
    told = new Told();
    documents = new Documents(openReader, (method, params) => {
      if (method === 'progress') return;
      told.tell({ ...{ method, params: params as News['params'] }, atMs: performance.now() });
    });
  });
  afterEach(async () => {
    documents.closeAll();
    await capture.letGo();
    rmSync(folder, { recursive: true });
  });

  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const open = async (): Promise<TraceSummary> =>
    documents.handlers.open(
      {
        ...{ document: 1, source: { kind: 'path', path }, stallRule },
        ...{ confirmAboveBytes: Infinity, keys: [] },
      },
      signal,
    );
  const sync = async (): Promise<TraceSummary> => documents.handlers.sync({ document: 1 }, signal);
  const run = async ({ runs }: TraceSummary): Promise<RunDetail> =>
    documents.handlers.run({ document: 1, run: runs[0]!.key }, signal);
  const changedTo =
    (tokenCount: number) =>
    ({ method, params }: News): boolean =>
      method === 'changed' && params.summary.runs[0]?.tokenCount === tokenCount;
  const losses = (): News[] => told.all.filter(({ method }) => method === 'sourceLost');

  it('shows the trace and its log as one, also before the first fold', async () => {
    capture.append(...sampleEvents.slice(0, 9));
    const summary = await open();
    assert.equal(summary.runs[0]?.tokenCount, 6);
    const { steps } = await run(summary);
    assert.deepEqual(
      steps.map(({ id, call }) => [id, call?.state]),
      [
        ['one', 'streaming'],
        ['tool', undefined],
        ['two', 'streaming'],
      ],
    );
    documents.closeAll();
    await capture.fold();
    capture.append(...sampleEvents.slice(9));
    assert.equal((await open()).runs[0]?.tokenCount, 8);
  });

  it('tells soon of what is appended, and then at most every 60 ms', async () => {
    capture.append(runStarted(), callStarted('call'));
    await open();
    const appendedAt = performance.now();
    capture.append(tokensCame('call', 0, 1));
    const first = await told.next(changedTo(1));
    assert.ok(first.atMs - appendedAt < 500, `${first.atMs - appendedAt} ms`);
    for (let at = 1; at < 40; at++) {
      capture.append(tokensCame('call', at, 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await told.next(changedTo(40));
    const times = told.all.map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((at, place) => at - times[place]!);
    assert.ok(Math.min(...gaps) > 55, String(gaps));
    const generations = told.all.map(({ params }) => params.summary.generation);
    assert.ok(generations.every((value, at) => at === 0 || value > generations[at - 1]!));
  });

  it('answers with what was appended before it was asked to read', async () => {
    capture.append(runStarted(), callStarted('call'));
    await open();
    for (let at = 0; at < 20; at++) {
      capture.append(tokensCame('call', at, 1));
      assert.equal((await sync()).runs[0]?.tokenCount, at + 1);
    }
    await told.next(changedTo(20));
  });

  it('goes on without a reload when the log is folded and cut: same keys, nothing lost', async () => {
    capture.append(runStarted(), callStarted('call'), tokensCame('call', 0, 3));
    const before = await run(await open());
    const { revision } = await documents.handlers.tokens(
      { document: 1, call: before.steps[0]!.key, from: 0, count: 9 },
      signal,
    );
    for (let round = 1; round <= 3; round++) {
      const tail = encodeEvent(tokensCame('call', 3 * round, 3));
      appendFileSync(capture.logPath, tail);
      await told.next(changedTo(3 * round + 3));
      await capture.fold(Buffer.byteLength(tail));
    }
    capture.append(tokensCame('call', 12, 1), callStarted('next'));
    const { params } = await told.next(changedTo(13));
    const after = await run(params.summary);
    assert.deepEqual(
      after.steps.map(({ id, key }) => [id, key]),
      [
        ['call', before.steps[0]?.key],
        ['next', after.steps[1]?.key],
      ],
    );
    const slice = await documents.handlers.tokens(
      { document: 1, call: before.steps[0]!.key, from: 3, count: 99, revision },
      signal,
    );
    assert.deepEqual([slice.from, slice.count, slice.revision], [3, 10, revision]);
    assert.equal(losses().length, 0);
  });

  it('reads everything anew when it has missed a log', async () => {
    capture.append(runStarted(), callStarted('call'), tokensCame('call', 0, 3));
    await open();
    // Two cuts in one moment.
    capture.append(tokensCame('call', 3, 1));
    await capture.fold();
    capture.append(tokensCame('call', 4, 1));
    await capture.fold();
    capture.append(tokensCame('call', 5, 1));
    await told.next(changedTo(6));
    capture.append(tokensCame('call', 6, 1));
    await told.next(changedTo(7));
    assert.equal(losses().length, 0);
  });

  it('shows the end of a capture', async () => {
    capture.append(runStarted(), callStarted('call'), tokensCame('call', 0, 3));
    const before = await run(await open());
    capture.append(callEnded('call'));
    await capture.end();
    const isEnded = async (): Promise<boolean> => {
      const { steps } = await run(await sync());
      return steps[0]?.call?.state === 'completed' && steps[0].key === before.steps[0]?.key;
    };
    await told.next(({ method }) => method === 'changed');
    assert.ok(await isEnded());
    // The next capture into the same file.
    capture = await SmallCapture.begin(path);
    capture.append(tokensCame('late', 0, 4));
    await told.next(({ params }) => params.summary?.runs.length === 2);
    capture.append(tokensCame('late', 4, 1));
    await told.next(
      ({ params }) => params.summary?.runs.reduce((sum, one) => sum + one.tokenCount, 0) === 8,
    );
    assert.equal(losses().length, 0);
  });

  it('shows what streams as interrupted when nobody writes any more', async () => {
    capture.append(runStarted(), callStarted('call'), tokensCame('call', 0, 3));
    await open();
    await capture.letGo();
    const { params } = await told.next(({ params }) => params.summary.runs[0]?.status === 'failed');
    const [call] = (await run(params.summary)).steps;
    assert.equal(call?.call?.state, 'interrupted');
    assert.equal(call?.call?.storedTokens, 3);
    assert.equal(call?.durationUs, 140_000);
  });

  it('says what could not be read of the log', async () => {
    capture.append(runStarted());
    appendFileSync(capture.logPath, 'garbage\n');
    assert.deepEqual((await open()).notices, [
      "One line of the capture's log could not be read and is left out.",
    ]);
    appendFileSync(capture.logPath, `more\n${encodeEvent(tokensCame('call', 0, 1))}`);
    const { params } = await told.next(({ params }) => params.summary?.runs.length === 2);
    assert.match(params.summary.notices.join(), /^2 lines/);
  });

  it('refuses the log of a later release, and tells so when one comes', async () => {
    capture.append(runStarted());
    await open();
    writeFileSync(`${path}.tmp`, encodeHeader('x').replace(':1,', ':2,'));
    renameSync(`${path}.tmp`, capture.logPath);
    await told.next(({ params }) => params.error?.code === 'too-new');
    documents.closeAll();
    await assert.rejects(open(), /format version 2.*up to version 1/);
  });

  it('takes nothing for a log that lies beside a trace of another format', async () => {
    documents.closeAll();
    const other = join(folder, 'support.db');
    writeFileSync(other, 'not a database at all');
    writeFileSync(`${other}-log`, encodeHeader('x'));
    await assert.rejects(
      Promise.resolve(
        documents.handlers.open(
          {
            ...{ document: 2, source: { kind: 'path', path: other }, stallRule },
            ...{ confirmAboveBytes: Infinity, keys: [] },
          },
          signal,
        ),
      ),
      /is not a trace/,
    );
  });
});
