import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog, type EventLogOptions } from '../../../../src/capture/log/eventLog.js';
import type { Write } from '../../../../src/capture/log/logFile.js';
import { milliseconds } from '../../../../src/model/units.js';
import type { CaptureProblem } from '../../../../src/protocol/captureStatus.js';
import { ownLockOwner } from '../../../../src/store/log/lockOwner.js';
import { lockState } from '../../../../src/store/log/captureLock.js';
import { parseLog } from '../../../../src/store/log/parseLog.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { bundle } from './bundles.js';
import {
  callEnded,
  callStarted,
  expectedTokens,
  runStarted,
  storedCalls,
  tokensOf,
  until,
} from './sampleEvents.js';
import { itBesidesWindows } from '../../../runner/itWhere.js';

describe('event log on a disk that fails', () => {
  let bundles: string;
  let root: string;
  let folder: string;
  let trace: string;
  let log: EventLog;
  let told: (readonly CaptureProblem[])[];

  before(async () => (bundles = await bundle({ fold: 'src/foldWorker.ts' })));
  after(() => rm(bundles, { recursive: true, force: true }));

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'llm-stream-disk-'));
    folder = join(root, 'captures');
    trace = join(folder, 'agent.llmtrace');
    told = [];
  });

  afterEach(async () => {
    await log.close();
    await rm(root, { recursive: true, force: true });
  });

  async function open(options: Partial<EventLogOptions> = {}): Promise<void> {
    log = await EventLog.open(trace, {
      foldWorkerPath: join(bundles, 'fold.js'),
      onProblems: (problems) => told.push(problems),
      log: () => undefined,
      watchEveryMs: milliseconds(100),
      ...options,
    });
  }

  /** Takes so many bytes, and then none until there is room again. */
  class SmallDisk {
    room = Infinity;
    error = 'ENOSPC';

    readonly write: Write = (descriptor, bytes, offset, length, position) => {
      if (this.room <= 0) throw Object.assign(new Error('It failed'), { code: this.error });
      const taken = writeSync(descriptor, bytes, offset, Math.min(length, this.room), position);
      this.room -= taken;
      return taken;
    };
  }

  it('keeps what a full disk does not take, says so, and writes it when there is room', async () => {
    const disk = new SmallDisk();
    await open({ write: disk.write });
    const appended: TraceEvent[] = [];
    log.onAppended((events) => appended.push(...events));
    assert.equal(log.append([runStarted, callStarted('a'), tokensOf('a', 0, 2)]), true);
    // In the middle of the second line.
    disk.room = 150;
    assert.equal(log.append([tokensOf('a', 2, 2), tokensOf('a', 4, 2)]), false);
    assert.equal(log.append([tokensOf('a', 6, 2)]), false);
    assert.deepEqual(
      log.problems.map(({ code }) => code),
      ['disk-full'],
    );
    assert.match(
      log.problems[0]?.message ?? '',
      /^The disk that holds .*captures is full\. .*Free some space/,
    );
    assert.equal(log.health().keptEvents, 2);
    assert.equal(appended.length, 4);
    const text = await readFile(`${trace}-log`);
    assert.deepEqual([text.at(-1), parseLog(text).skipped], [0x0a, 0]);

    disk.room = Infinity;
    await until(() => log.problems.length === 0);
    assert.equal(log.append([tokensOf('a', 8, 2)]), true);
    assert.deepEqual((await storedCalls(trace)).get('a')?.tokens, expectedTokens('a', 10));
    assert.equal(appended.length, 7);
    assert.deepEqual(log.notices, []);
    assert.deepEqual(
      told.map((problems) => problems.length),
      [1, 0],
    );
  });

  it('folds once at a time when there is room again: what comes meanwhile is not cut off with it', async () => {
    const disk = new SmallDisk();
    await open({ write: disk.write, foldAboveBytes: 0 });
    disk.room = 0;
    log.append([runStarted, callStarted('a')]);
    let tokens = 0;
    const append = (): void => {
      log.append([tokensOf('a', tokens, 100)]);
      tokens += 100;
    };
    for (let batch = 0; batch < 50; batch++) append();
    disk.room = Infinity;
    await until(() => {
      append();
      return log.health().folds >= 3;
    });
    log.append([callEnded('a')]);
    await log.close();
    assert.deepEqual((await storedCalls(trace)).get('a')?.tokens, expectedTokens('a', tokens));
    const codes = new Set(told.flatMap((problems) => problems.map(({ code }) => code)));
    assert.deepEqual(codes, new Set(['disk-full']));
  });

  it('is bounded in memory while the disk is full, and says what was dropped', async () => {
    const disk = new SmallDisk();
    await open({ write: disk.write, keepBytes: 10_000 });
    disk.room = 0;
    log.append([runStarted, callStarted('a')]);
    for (let index = 0; index < 1_000; index++) log.append([tokensOf('a', index, 1)]);
    assert.ok(log.health().keptBytes <= 10_000);
    const { droppedTokens } = log.health();
    assert.ok(droppedTokens > 0);
    disk.room = Infinity;
    await until(() => log.problems.length === 0);
    await until(() => log.notices.length === 1);
    assert.match(log.notices[0] ?? '', new RegExp(`^${droppedTokens} tokens could not be kept`));
    const stored = (await storedCalls(trace)).get('a')?.tokens ?? [];
    assert.equal(stored.length, 1_000 - droppedTokens);
    assert.equal(stored.at(-1), 'a:999 ');
  });

  it('says what is lost when the capture ends before there is room', async () => {
    const disk = new SmallDisk();
    await open({ write: disk.write });
    log.append([runStarted, callStarted('a')]);
    disk.room = 0;
    disk.error = 'EIO';
    log.append([tokensOf('a', 0, 3)]);
    assert.match(log.problems[0]?.message ?? '', /^Writing agent\.llmtrace failed \(It failed\)/);
    await log.close();
    assert.match(log.problems[0]?.message ?? '', /^3 tokens of agent\.llmtrace .* are lost\.$/);
    assert.equal((await storedCalls(trace)).get('a')?.tokens.length, 0);
  });

  it('goes on in its log when the trace cannot be replaced, and says so', async () => {
    await open({ foldAboveBytes: 0 });
    await writeFile(`${trace}-wal`, 'rows of a program that has the trace open');
    assert.equal(log.append([runStarted, callStarted('a'), tokensOf('a', 0, 2_000)]), true);
    await until(() => log.problems.length === 1);
    assert.match(log.problems[0]?.message ?? '', /^Another program has agent\.llmtrace open/);
    assert.equal(log.append([tokensOf('a', 2_000, 5)]), true);
    assert.equal((await storedCalls(trace)).get('a')?.tokens.length, 2_005);
    await log.close();
    // The next start recovers it.
    assert.deepEqual((await readdir(folder)).sort(), [
      'agent.llmtrace',
      'agent.llmtrace-log',
      'agent.llmtrace-wal',
    ]);
    await rm(`${trace}-wal`);
    await open();
    assert.equal((await storedCalls(trace)).get('a')?.tokens.length, 2_005);
  });

  for (const [what, vanish] of [
    ['was deleted', () => rm(folder, { recursive: true })],
    ['was renamed', () => rename(folder, join(root, 'elsewhere'))],
    ['lost its log', () => rm(`${trace}-log`)],
    ['lost its trace', () => rm(trace)],
  ] as const) {
    itBesidesWindows(`makes everything again when the folder ${what}`, async () => {
      await open({ foldAboveBytes: 0 });
      log.append([runStarted, callStarted('a'), tokensOf('a', 0, 2_000), callEnded('a')]);
      await until(() => log.health().folds === 1);
      log.append([callStarted('b'), tokensOf('b', 0, 3)]);
      await vanish();
      log.append([tokensOf('b', 3, 3)]);
      await until(() => log.notices.length === 1);
      assert.match(log.notices[0] ?? '', /^agent\.llmtrace was moved or deleted/);
      assert.deepEqual(log.problems, []);
      assert.equal(log.append([tokensOf('b', 6, 3)]), true);
      assert.equal(await lockState(trace), 'held');
      for (const isClosed of [false, true]) {
        if (isClosed) await log.close();
        const calls = await storedCalls(trace);
        assert.equal(calls.get('a')?.tokens.length, 2_000);
        assert.deepEqual(calls.get('b')?.tokens, expectedTokens('b', 9));
      }
      assert.deepEqual(await readdir(folder), ['agent.llmtrace']);
    });
  }

  itBesidesWindows(
    'never makes a new trace in the place of one that was deleted before a fold',
    async () => {
      await open({ foldAboveBytes: 0 });
      log.append([runStarted, callStarted('a'), tokensOf('a', 0, 2_000), callEnded('a')]);
      await until(() => log.health().folds === 1 && log.health().logBytes < 1_000);
      await rm(trace);
      log.append([callStarted('b'), tokensOf('b', 0, 5_000)]);
      await until(() => log.health().folds === 2 || log.notices.length === 1);
      await log.close();
      const calls = await storedCalls(trace);
      assert.deepEqual(
        [calls.get('a')?.tokens.length, calls.get('b')?.tokens.length],
        [2_000, 5_000],
      );
    },
  );

  it('says that the folder is gone while it cannot be made again', async () => {
    await open();
    log.append([runStarted, callStarted('a'), tokensOf('a', 0, 3)]);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file in its place');
    await until(() => log.problems.length === 1);
    assert.equal(log.problems[0]?.code, 'folder-gone');
    assert.match(
      log.problems[0]?.message ?? '',
      /captures was moved or deleted .*Make the folder again/,
    );
    assert.equal(log.append([tokensOf('a', 3, 3)]), false);
    await rm(folder);
    await until(() => log.problems.length === 0);
    assert.equal(log.append([tokensOf('a', 6, 3)]), true);
    assert.deepEqual((await storedCalls(trace)).get('a')?.tokens, expectedTokens('a', 9));
  });

  it('touches nothing any more when another capture has taken over', async () => {
    await open();
    log.append([runStarted, callStarted('a'), tokensOf('a', 0, 3)]);
    // What a second capture does that takes this process for dead.
    const other = JSON.stringify(ownLockOwner('f'.repeat(32)));
    await writeFile(`${trace}-lock`, other);
    await writeFile(join(folder, 'theirs'), 'their log');
    await rename(join(folder, 'theirs'), `${trace}-log`);
    const theirTrace = await readFile(trace);
    await until(() => log.problems.length === 1);
    assert.match(log.problems[0]?.message ?? '', /^Another capture has taken over agent\.llmtrace/);
    assert.equal(log.append([tokensOf('a', 3, 3)]), false);
    await log.close();
    assert.deepEqual(await readFile(trace), theirTrace);
    assert.equal(await readFile(`${trace}-log`, 'utf8'), 'their log');
    assert.equal(await readFile(`${trace}-lock`, 'utf8'), other);
  });
});
