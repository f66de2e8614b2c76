import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type RetainOptions, retainFolder } from '../../../src/maintenance/retainFolder.js';
import { Work } from '../../../src/maintenance/work.js';
import { epochMicroseconds, usPerDay } from '../../../src/model/units.js';
import { acquireLock } from '../../../src/store/log/captureLock.js';
import { callEnded, callStarted, runStarted, tokensOf } from '../capture/log/sampleEvents.js';
import { SmallCapture } from '../store/smallCapture.js';
import { FilesOfTest, nowUs } from './files.js';

const off = {
  aggregateAfterDays: 0,
  retentionDays: 0,
  retentionMegabytes: 0,
  nowUs,
  dryRun: false,
};

describe('retention in a folder', function () {
  this.timeout(20_000);
  const files = new FilesOfTest();

  /** Whose newest step is so many days old. */
  const aged = (name: string, days: number, tokens = 10): Promise<string> =>
    files.write(name, [tokens], ({ writer, run }) => {
      const startedAtUs = epochMicroseconds(nowUs - days * usPerDay);
      writer.addStep({ id: 's', run, type: 'tool_call', name: 's', startedAtUs });
    });

  async function retain(options: Partial<RetainOptions>): Promise<readonly (readonly string[])[]> {
    const { actions } = await retainFolder(files.folder, { ...off, ...options });
    return actions.map(({ path, action }) => [basename(path), action]);
  }

  it('deletes by the newest thing in a trace, with all that lies beside it, and nothing else', async () => {
    await aged('old.llmtrace', 20);
    await aged('young.llmtrace', 5);
    await aged('old.db', 20);
    for (const name of [
      'old.llmtrace.backup',
      '.old.llmtrace.0123456789ab.tmp',
      'old.llmtrace-wal',
      'notes.txt',
    ]) {
      writeFileSync(files.path(name), '');
    }
    writeFileSync(files.path('garbage.llmtrace'), 'not ours');
    assert.deepEqual(await retain({ retentionDays: 10 }), [['old.llmtrace', 'delete']]);
    assert.deepEqual(files.names, ['garbage.llmtrace', 'notes.txt', 'old.db', 'young.llmtrace']);
  });

  it('deletes the oldest until the others are small enough', async () => {
    for (const [position, days] of [7, 9, 8].entries()) await aged(`${position}.llmtrace`, days);
    const { size } = statSync(files.path('0.llmtrace'));
    assert.deepEqual(await retain({ retentionMegabytes: (2 * size) / 1_000_000 }), [
      ['1.llmtrace', 'delete'],
    ]);
    assert.deepEqual(files.names, ['0.llmtrace', '2.llmtrace']);
  });

  it('aggregates what stays', async () => {
    await aged('a.llmtrace', 5, 1_000);
    assert.deepEqual(await retain({ aggregateAfterDays: 50 }), [['a.llmtrace', 'aggregate']]);
    assert.deepEqual(await files.tokens('a.llmtrace'), { 'call-0': 20 });
    assert.deepEqual(await retain({ aggregateAfterDays: 50 }), []);
  });

  it('deletes what it has aggregated where that was not enough, also what a dead capture left', async () => {
    const capture = await SmallCapture.begin(files.path('a.llmtrace'));
    capture.append(runStarted, callStarted('a'));
    await capture.fold();
    capture.append(tokensOf('a', 0, 50), callEnded('a'));
    await capture.letGo();
    const limits = { aggregateAfterDays: 1, retentionMegabytes: 0.001 };
    assert.deepEqual(await retain(limits), [
      ['a.llmtrace', 'aggregate'],
      ['a.llmtrace', 'delete'],
    ]);
    assert.deepEqual(files.names, []);
  });

  it('reads no trace where all together are small enough', async () => {
    await aged('a.llmtrace', 20);
    const told: string[] = [];
    const work = new Work(null, (_, __, what) => told.push(what));
    assert.deepEqual(await retain({ retentionMegabytes: 10, work }), []);
    assert.deepEqual(told, []);
  });

  it('only says what it would do in a dry run', async () => {
    const path = await aged('a.llmtrace', 20);
    const { actions, freedBytes, dryRun } = await retainFolder(files.folder, {
      ...{ ...off, retentionDays: 10, dryRun: true },
    });
    assert.deepEqual([actions.length, freedBytes, dryRun], [1, statSync(path).size, true]);
    assert.deepEqual(files.names, ['a.llmtrace']);
  });

  it('leaves alone what is recorded, or written by others, and says so', async () => {
    const lock = await acquireLock(await aged('held.llmtrace', 20));
    await aged('written.llmtrace', 20);
    writeFileSync(files.path('written.llmtrace-journal'), 'rows');
    const before = files.names;
    const options = { ...off, retentionDays: 1, retentionMegabytes: 0.001 };
    const { actions, notices } = await retainFolder(files.folder, options);
    assert.deepEqual(actions, []);
    assert.match(notices.join('\n'), /held\.llmtrace is being recorded/);
    assert.match(notices.join('\n'), /written\.llmtrace is left alone\. Another program/);
    assert.deepEqual(files.names, before);
    await lock.release();
  });

  it('does nothing where nothing is set, or when it is cancelled', async () => {
    await aged('a.llmtrace', 2_000);
    assert.deepEqual(await retain({}), []);
    assert.deepEqual(await retain({ retentionDays: 1, work: new Work(AbortSignal.abort()) }), []);
    assert.deepEqual(files.names, ['a.llmtrace']);
  });
});
