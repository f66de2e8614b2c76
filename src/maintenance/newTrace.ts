/** A new trace is put where none is, or where the user wants one replaced. */
import { link, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { TraceError } from '../protocol/errors.js';
import type { Database } from '../store/database.js';
import { acquireLock } from '../store/log/captureLock.js';
import { logSuffix } from '../store/log/logLines.js';
import { renamePatiently } from '../store/log/renamePatiently.js';
import { syncFolderOf } from '../store/log/syncFolder.js';
import { assertNoLog } from '../store/native/traceFile.js';
import { writeError } from './writeErrors.js';
import { writeBeside } from './writtenFile.js';

export interface Place {
  /** What is copied. */
  readonly from: string;
  readonly to: string;
  /** Whether another file there gives way. */
  readonly mayReplace: boolean;
}

/** @throws TraceError `invalid` before any work is done for nothing. */
export async function assertFree({ from, to, mayReplace }: Place): Promise<void> {
  const there = await realpath(to).catch(() => null);
  if (there === null) return assertFolder(to);
  if (there === (await realpath(from).catch(() => from))) {
    throw new TraceError(
      'invalid',
      `${basename(from)} cannot take its own place. Choose another name.`,
    );
  }
  if (!mayReplace) throw exists(to);
}

async function assertFolder(to: string): Promise<void> {
  try {
    await realpath(dirname(to));
  } catch (thrown) {
    throw writeError(thrown, to);
  }
}

/**
 * Returns its size in bytes.
 * @throws TraceError `busy`, `invalid`, `no-permission`, …; nothing is left then.
 */
export async function writeNewTrace(place: Place, database: Database): Promise<number> {
  const { to, mayReplace } = place;
  try {
    // A capture may be about to write there.
    const lock = await acquireLock(to);
    try {
      await assertFree(place);
      // What a capture has left of another trace would become part of this one.
      if (await isThere(to + logSuffix)) throw logLeft(to);
      await assertNoLog(to);
      const { temporary, bytes } = await writeBeside(to, database, null);
      try {
        await (mayReplace ? renamePatiently(temporary, to) : renameToNew(temporary, to));
      } catch (thrown) {
        await rm(temporary, { force: true });
        throw thrown;
      }
      await syncFolderOf(to);
      return bytes;
    } finally {
      await lock.release();
    }
  } catch (thrown) {
    throw writeError(thrown, to);
  }
}

/** A file that somebody has made there by now stays. */
async function renameToNew(temporary: string, to: string): Promise<void> {
  try {
    await link(temporary, to);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST' || (await isThere(to)))
      throw exists(to);
    // File systems without links (FAT, some shares).
    return renamePatiently(temporary, to);
  }
  await rm(temporary);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const exists = (path: string): TraceError =>
  new TraceError(
    'invalid',
    `${basename(path)} is there already. Choose another name, or move it away.`,
  );

const logLeft = (path: string): TraceError =>
  new TraceError(
    'busy',
    `A capture has left ${basename(path)}${logSuffix} at this place. Choose another name.`,
  );
