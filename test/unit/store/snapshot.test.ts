import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../../src/store/database.js';
import { readSnapshot } from '../../../src/store/source/snapshot.js';
import { type TraceErrorCode, TraceError } from '../../../src/protocol/errors.js';

describe('readSnapshot', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
    path = join(folder, 'trace.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const makeDatabase = async (): Promise<Uint8Array> => {
    const database = await Database.open();
    database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (42)');
    const bytes = database.export();
    database.close();
    return bytes;
  };

  /** A database whose newest row is only in its log, as a killed writer leaves it. */
  const makeLive = (): void => {
    const script = `import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA journal_mode = WAL")
c.execute("PRAGMA wal_autocheckpoint = 0")
c.execute("CREATE TABLE t (a)")
c.execute("INSERT INTO t VALUES (42)")
os._exit(0)`;
    execFileSync('python3', ['-c', script, path]);
    rmSync(`${path}-shm`);
  };

  const rowsOf = async (image: Uint8Array): Promise<unknown[]> => {
    const database = await Database.open(image);
    const rows = database.all('SELECT a FROM t').map((row) => row['a']);
    database.close();
    return rows;
  };

  const assertRefused = async (code: TraceErrorCode, sentence: RegExp): Promise<void> => {
    await assert.rejects(readSnapshot(path), (error) => {
      assert.ok(error instanceof TraceError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, sentence);
      return true;
    });
  };

  it('reads a plain database', async () => {
    writeFileSync(path, await makeDatabase());
    assert.deepEqual(await rowsOf(await readSnapshot(path)), [42]);
  });

  it('reads rows that are only in the log, also through a link', async () => {
    makeLive();
    assert.deepEqual(await rowsOf(await readSnapshot(path)), [42]);
    const link = join(folder, 'link.db');
    symlinkSync(path, link);
    assert.deepEqual(await rowsOf(await readSnapshot(link)), [42]);
  });

  it('changes no byte and no time of the file and its log, and creates nothing', async () => {
    makeLive();
    const look = (): unknown =>
      readdirSync(folder)
        .sort()
        .map((name) => {
          const { mtimeNs, ctimeNs, size, ino } = statSync(join(folder, name), { bigint: true });
          return { name, mtimeNs, ctimeNs, size, ino, bytes: readFileSync(join(folder, name)) };
        });
    const before = look();
    const database = await Database.open(await readSnapshot(path));
    database.run('INSERT INTO t VALUES (43)');
    database.close();
    assert.deepEqual(look(), before);
    assert.deepEqual(readdirSync(folder).sort(), ['trace.db', 'trace.db-wal']);
  });

  it('reads from a folder and files without any permission to write', async () => {
    makeLive();
    for (const name of ['trace.db', 'trace.db-wal']) chmodSync(join(folder, name), 0o444);
    chmodSync(folder, 0o555);
    try {
      assert.deepEqual(await rowsOf(await readSnapshot(path)), [42]);
    } finally {
      chmodSync(folder, 0o755);
    }
  });

  it('is consistent while a writer commits, checkpoints, resets and vacuums, and after its kill', async function () {
    this.timeout(60_000);
    const script = join(import.meta.dirname, 'liveWriter.py');
    const writer = spawn('python3', [script, path, '7'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const states = new Set<string>();
    try {
      await once(writer.stdout, 'data');
      // A writer that the machine holds up must not make the test prove little.
      for (let round = 0; round < 60 || states.size <= 10; round++) {
        states.add(await checkInvariant(await readSnapshot(path)));
      }
    } finally {
      await kill(writer);
    }
    const ours = await checkInvariant(await readSnapshot(path));
    copyFileSync(path, join(folder, 'copy.db'));
    copyFileSync(`${path}-wal`, join(folder, 'copy.db-wal'));
    const theirs = execFileSync('python3', [
      '-c',
      'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT n FROM total").fetchone()[0])',
      join(folder, 'copy.db'),
    ]);
    assert.equal(ours, theirs.toString().trim());
  });

  it('says that another program is writing when a journal stays, and reads when it has gone', async function () {
    this.timeout(10_000);
    writeFileSync(path, await makeDatabase());
    writeFileSync(`${path}-journal`, Buffer.from('d9d505f920a163d700000001', 'hex'));
    await assertRefused('busy', /in the middle of writing trace\.db/);
    const reading = readSnapshot(path);
    rmSync(`${path}-journal`);
    assert.deepEqual(await rowsOf(await reading), [42]);
  });

  it('is not kept up by the empty or blanked journal of a finished writer', async () => {
    writeFileSync(path, await makeDatabase());
    writeFileSync(`${path}-journal`, '');
    assert.deepEqual(await rowsOf(await readSnapshot(path)), [42]);
    writeFileSync(`${path}-journal`, Buffer.alloc(512));
    assert.deepEqual(await rowsOf(await readSnapshot(path)), [42]);
  });

  it('has a sentence of its own for everything that is not a database', async () => {
    await assertRefused('not-found', /trace\.db does not exist/);
    mkdirSync(path);
    await assertRefused('not-a-database', /is a folder/);
    rmSync(path, { recursive: true });
    execFileSync('mkfifo', [path]);
    await assertRefused('not-a-database', /not a regular file/);
    rmSync(path);
    writeFileSync(path, '');
    await assertRefused('empty', /trace\.db is empty/);
    writeFileSync(path, 'Dear reader,\nthis is “text”.\n'.repeat(100));
    await assertRefused('not-a-database', /plain text/);
    writeFileSync(path, Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]));
    await assertRefused('not-a-database', /does not begin like a SQLite database/);
    writeFileSync(path, 'SQLite format 3\0');
    await assertRefused('corrupt', /cut short/);
  });

  it('refuses what cannot be held, before it reads it, and asks above the set size', async () => {
    writeFileSync(path, await makeDatabase());
    await assert.rejects(
      readSnapshot(path, { confirmAboveBytes: 100 }),
      (error) => error instanceof TraceError && error.code === 'confirm-size',
    );
    truncateSync(path, 3 * 2 ** 30);
    await assertRefused('too-large', /larger than 2 GB/);
  });

  it('shows progress in pieces and can be cancelled in between', async () => {
    writeFileSync(path, await makeDatabase());
    truncateSync(path, 40 * 1024 * 1024);
    const fractions: number[] = [];
    await readSnapshot(path, { onProgress: (fraction) => fractions.push(fraction) });
    assert.deepEqual(fractions, [0.4, 0.8, 1]);
    const controller = new AbortController();
    await assert.rejects(
      readSnapshot(path, { signal: controller.signal, onProgress: () => controller.abort() }),
      (error) => error instanceof TraceError && error.code === 'cancelled',
    );
  });
});

/** The state that the snapshot shows. */
async function checkInvariant(image: Uint8Array): Promise<string> {
  const database = await Database.open(image);
  try {
    assert.equal(database.get('PRAGMA integrity_check')?.['integrity_check'], 'ok');
    const rows = database.all(
      `SELECT (SELECT n FROM total) AS total, (SELECT count(*) FROM a) AS a, (SELECT count(*) FROM b) AS b,
              (SELECT coalesce(sum(n), 0) FROM a) - (SELECT coalesce(sum(n), 0) FROM b) AS difference`,
    );
    const { total, a, b, difference } = rows[0] ?? {};
    assert.deepEqual({ a, b, difference }, { a: total, b: total, difference: 0 });
    return String(total);
  } finally {
    database.close();
  }
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
