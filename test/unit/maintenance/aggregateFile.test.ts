import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { aggregateFile } from '../../../src/maintenance/aggregateFile.js';
import { aggregateFolder } from '../../../src/maintenance/aggregateFolder.js';
import { Work } from '../../../src/maintenance/work.js';
import { epochMicroseconds, usPerDay } from '../../../src/model/units.js';
import { TraceError } from '../../../src/protocol/errors.js';
import { acquireLock } from '../../../src/store/log/captureLock.js';
import { itOnSmallDisk, mountSmallDisk, unmountDisk } from '../../runner/smallDisk.js';
import { SmallCapture } from '../store/smallCapture.js';
import { callEnded, callStarted, runStarted, tokensOf } from '../capture/log/sampleEvents.js';
import { FilesOfTest, hasCode, nowUs } from './files.js';

const isRoot = process.getuid?.() === 0;
/** Whom nothing is refused becomes somebody else: any number without rights. */
const nobody = 65_534;
const all = { beforeUs: nowUs, atUs: nowUs };

describe('aggregation of a file', function () {
  this.timeout(20_000);
  const files = new FilesOfTest();

  it('keeps twenty tokens of each long call, and makes the file smaller', async () => {
    const path = await files.write('a.llmtrace', [2_000, 30, 20]);
    const before = statSync(path);
    const result = await aggregateFile(path, all);
    assert.deepEqual(await files.tokens('a.llmtrace'), {
      'call-0': 20,
      'call-1': 20,
      'call-2': 20,
    });
    assert.deepEqual([result.calls, result.tokensRemoved], [2, 1_990]);
    const after = statSync(path);
    assert.deepEqual([result.bytesBefore, result.bytesAfter], [before.size, after.size]);
    assert.ok(after.size < before.size);
    assert.equal(after.mode, before.mode);
    assert.deepEqual(files.names, ['a.llmtrace']);
  });

  it('leaves a file alone in which there is nothing to be done, also its own', async () => {
    const path = await files.write('a.llmtrace', [100]);
    await aggregateFile(path, all);
    const bytes = files.bytes('a.llmtrace');
    utimesSync(path, 1, 1);
    assert.equal((await aggregateFile(path, all)).calls, 0);
    assert.ok(files.bytes('a.llmtrace').equals(bytes));
    assert.equal(statSync(path).mtimeMs, 1_000);
  });

  it('leaves younger calls alone', async () => {
    const path = await files.write('a.llmtrace', [100]);
    const beforeUs = epochMicroseconds(nowUs - 101 * usPerDay);
    assert.equal((await aggregateFile(path, { beforeUs, atUs: nowUs })).calls, 0);
  });

  it('changes nothing in a dry run, and says what it would save', async () => {
    const path = await files.write('a.llmtrace', [5_000]);
    const bytes = files.bytes('a.llmtrace');
    const planned = await aggregateFile(path, { ...all, dryRun: true });
    assert.ok(files.bytes('a.llmtrace').equals(bytes));
    assert.equal((await aggregateFile(path, all)).bytesAfter, planned.bytesAfter);
  });

  it('keeps what is done when it is cancelled, and goes on with the rest', async () => {
    const path = await files.write('a.llmtrace', [100, 100, 100]);
    const cancelling = new AbortController();
    const work = new Work(cancelling.signal, (done) => {
      if (done === 2) cancelling.abort();
    });
    assert.equal((await aggregateFile(path, { ...all, work })).calls, 2);
    assert.deepEqual(Object.values(await files.tokens('a.llmtrace')).sort(), [100, 20, 20]);
    assert.equal((await aggregateFile(path, all)).calls, 1);
  });

  it('never touches a file that a capture records into, or that another program writes', async () => {
    const path = await files.write('a.llmtrace', [100]);
    const bytes = files.bytes('a.llmtrace');
    const lock = await acquireLock(path);
    await assert.rejects(aggregateFile(path, all), hasCode('busy', /being recorded/));
    await lock.release();
    for (const log of ['-wal', '-journal']) {
      writeFileSync(path + log, 'rows');
      await assert.rejects(aggregateFile(path, all), hasCode('busy', /Another program/));
      writeFileSync(path + log, '');
    }
    assert.ok(files.bytes('a.llmtrace').equals(bytes));
  });

  it('gives way to a program that writes while it works', async () => {
    const path = await files.write('a.llmtrace', [100]);
    const work = new Work(null, () => writeFileSync(path, 'written by another'));
    await assert.rejects(aggregateFile(path, { ...all, work }), hasCode('busy', /was changed/));
    assert.equal(files.bytes('a.llmtrace').toString(), 'written by another');
    assert.deepEqual(files.names, ['a.llmtrace']);
  });

  it('brings in what a dead capture has left in its log', async () => {
    const path = files.path('a.llmtrace');
    const capture = await SmallCapture.begin(path);
    capture.append(runStarted, callStarted('a'));
    await capture.fold();
    capture.append(tokensOf('a', 0, 50), callEnded('a'));
    await capture.letGo();
    assert.equal((await aggregateFile(path, all)).calls, 1);
    assert.deepEqual(await files.tokens('a.llmtrace'), { a: 20 });
    assert.deepEqual(files.names, ['a.llmtrace']);
  });

  it('refuses garbage, and leaves it as it is', async () => {
    const path = await files.write('whole.llmtrace', [100]);
    const whole = files.bytes('whole.llmtrace');
    const damaged = Buffer.from(whole).fill(0xaa, 4_096, 12_000);
    const garbage = {
      empty: Buffer.alloc(0),
      text: 'hello',
      cut: whole.subarray(0, 5_000),
      damaged,
    };
    for (const [name, bytes] of Object.entries(garbage)) {
      writeFileSync(files.path(name), bytes);
      await assert.rejects(aggregateFile(files.path(name), all), TraceError);
      assert.ok(files.bytes(name).equals(Buffer.from(bytes)), name);
    }
    await assert.rejects(aggregateFile(files.folder, all), hasCode('not-a-trace'));
    await assert.rejects(aggregateFile(join(path, 'x'), all), hasCode('not-found'));
  });

  // Windows knows no such folders.
  if (process.platform !== 'win32') {
    it('says so where nothing may be written', async () => {
      const path = await files.write('a.llmtrace', [100]);
      const bytes = files.bytes('a.llmtrace');
      chmodSync(path, 0o444);
      chmodSync(files.folder, 0o555);
      if (isRoot) process.seteuid?.(nobody);
      try {
        await assert.rejects(
          aggregateFile(path, all),
          hasCode('no-permission', /permission to write/),
        );
      } finally {
        if (isRoot) process.seteuid?.(0);
        chmodSync(files.folder, 0o700);
      }
      assert.ok(files.bytes('a.llmtrace').equals(bytes));
      assert.deepEqual(files.names, ['a.llmtrace']);
    });
  }

  it('changes nothing when the disk becomes full while it writes', async () => {
    const path = await files.write('a.llmtrace', [100]);
    const bytes = files.bytes('a.llmtrace');
    const file = await open(path);
    const handles = Object.getPrototypeOf(file) as { writeFile: unknown };
    await file.close();
    const { writeFile } = handles;
    handles.writeFile = () =>
      Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    try {
      await assert.rejects(aggregateFile(path, all), hasCode('busy', /is full/));
    } finally {
      handles.writeFile = writeFile;
    }
    assert.ok(files.bytes('a.llmtrace').equals(bytes));
    assert.deepEqual(files.names, ['a.llmtrace']);
  });

  itOnSmallDisk('changes nothing on a disk that is full', async () => {
    const disk = files.path('disk');
    mkdirSync(disk);
    mountSmallDisk(disk, 1_200 * 1_024);
    try {
      const path = await files.write('disk/a.llmtrace', [20_000, ...Array<number>(60).fill(2)]);
      const bytes = files.bytes('disk/a.llmtrace');
      writeFileSync(join(disk, 'filler'), Buffer.alloc(1_200_000 - bytes.length - 8_000));
      await assert.rejects(aggregateFile(path, all), hasCode('busy', /is full/));
      assert.ok(files.bytes('disk/a.llmtrace').equals(bytes));
    } finally {
      unmountDisk(disk);
    }
  });
});

describe('aggregation of a folder', () => {
  const files = new FilesOfTest();

  it('goes through its traces, and says which it left alone', async () => {
    await files.write('a.llmtrace', [100]);
    const held = await files.write('b.llmtrace', [100]);
    await files.write('c.llmtrace', [5]);
    await files.write('other.db', [100]);
    writeFileSync(files.path('d.llmtrace'), 'not ours');
    symlinkSync(files.path('other.db'), files.path('e.llmtrace'));
    const lock = await acquireLock(held);
    const result = await aggregateFolder(files.folder, all);
    await lock.release();
    assert.deepEqual(
      result.files.map(({ path, calls, skipped }) => [
        path.slice(-10),
        calls,
        skipped !== undefined,
      ]),
      [
        ['a.llmtrace', 1, false],
        ['b.llmtrace', 0, true],
        ['c.llmtrace', 0, false],
      ],
    );
    assert.deepEqual(await files.tokens('other.db'), { 'call-0': 100 });
  });
});
