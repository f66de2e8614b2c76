/** A trace that nobody else writes while we do: how every file that is there is changed or deleted. */
import type { Stats } from 'node:fs';
import { realpath, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { TraceError } from '../protocol/errors.js';
import { Database } from '../store/database.js';
import { type CaptureLock, acquireLock } from '../store/log/captureLock.js';
import { logSuffix } from '../store/log/logLines.js';
import { renamePatiently } from '../store/log/renamePatiently.js';
import { syncFolderOf } from '../store/log/syncFolder.js';
import { removeTemporaryFiles } from '../store/log/temporaryFiles.js';
import { assertNoLog } from '../store/native/traceFile.js';
import { damageNotices } from '../store/source/damage.js';
import { assertComplete, assertUtf8 } from '../store/source/databaseHeader.js';
import { fileError } from '../store/source/fileErrors.js';
import { readSnapshot } from '../store/source/snapshot.js';
import { makeBackup } from './backup.js';
import { foldLogBeside } from './foldedLog.js';
import { assertTraceFile } from './traceHeader.js';
import { writeError } from './writeErrors.js';
import { assertReadable, writeBeside } from './writtenFile.js';

/**
 * Holds the trace's lock while `work` goes on.
 * @throws TraceError `busy` while a capture records into it or another program has it open; `not-a-trace`; and whatever
 * keeps it from being read or written: it is as it was then.
 */
export async function withTrace<T>(
  path: string,
  work: (trace: HeldTrace) => Promise<T>,
): Promise<T> {
  await assertTraceFile(path);
  const real = await realpath(path);
  try {
    const lock = await acquireLock(real);
    try {
      await assertNoLog(real);
      return await work(new HeldTrace(real, lock, await stat(real)));
    } finally {
      await lock.release();
    }
  } catch (thrown) {
    throw writeError(thrown, real);
  }
}

export class HeldTrace {
  private readonly name: string;
  /** Its events are in the image that was opened. */
  private isLogFolded = false;

  constructor(
    /** Where it really is. */
    readonly path: string,
    private readonly lock: CaptureLock,
    /** As it was when it was locked. */
    readonly stats: Stats,
  ) {
    this.name = basename(path);
  }

  /**
   * Its image, with what a capture that died has left in its log; to be closed. Nothing is written.
   * @throws TraceError for what is damaged: writing it anew would make the damage last.
   */
  async open(): Promise<Database> {
    const image = await readSnapshot(this.path);
    assertComplete(image, this.name);
    assertUtf8(image, this.name);
    const database = await Database.open(image);
    try {
      if (damageNotices(database).length > 0) throw damaged(this.name);
      this.isLogFolded = (await foldLogBeside(database, this.path)) !== null;
      return database;
    } catch (thrown) {
      database.close();
      throw fileError(thrown, this.name);
    }
  }

  /**
   * Puts the image where the trace is, as small as it can be; its size in bytes. `withBackup`: what was there stays
   * beside it as `FILE.backup` until the new file was read back from its place.
   */
  async replaceWith(database: Database, { withBackup }: { withBackup: boolean }): Promise<number> {
    await removeTemporaryFiles(this.path);
    database.exec('VACUUM');
    const written = await writeBeside(this.path, database, this.stats);
    let backup: string | null = null;
    try {
      if (withBackup) backup = await makeBackup(this.path);
      await this.assertUntouched();
      await renamePatiently(written.temporary, this.path);
    } catch (thrown) {
      await rm(written.temporary, { force: true });
      if (backup !== null) await rm(backup, { force: true });
      throw thrown;
    }
    await syncFolderOf(this.path);
    // An old log applied to the new file would change nothing: it may stay when we are killed here.
    if (this.isLogFolded) await rm(this.path + logSuffix, { force: true });
    if (backup !== null) {
      await assertReadable(this.path, written.counts, this.name);
      await rm(backup);
    }
    return written.bytes;
  }

  /** Right before the file is replaced or deleted: whatever another program has written must not be lost. */
  async assertUntouched(): Promise<void> {
    await assertNoLog(this.path);
    const { ino, dev, size, mtimeMs } = await stat(this.path);
    const { stats } = this;
    const isSame =
      ino === stats.ino && dev === stats.dev && size === stats.size && mtimeMs === stats.mtimeMs;
    if (isSame && this.lock.verify()) return;
    throw new TraceError(
      'busy',
      `${this.name} was changed by another program in the meantime, and was left as it is. Try again.`,
    );
  }
}

const damaged = (name: string): TraceError =>
  new TraceError(
    'corrupt',
    `${name} is damaged, and is left as it is. Repair it first, for example with: sqlite3 FILE .recover`,
  );
