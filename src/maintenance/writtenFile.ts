/** A trace written beside its place, synced and read back: only then may it take that place. */
import type { Stats } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { Database } from '../store/database.js';
import { privateMode, temporaryPath } from '../store/log/temporaryFiles.js';
import { damageNotices } from '../store/source/damage.js';
import { TraceError } from '../protocol/errors.js';
import { type TraceCounts, assertSameCounts, countsOf } from './traceFacts.js';

export interface WrittenFile {
  readonly temporary: string;
  readonly bytes: number;
  readonly counts: TraceCounts;
}

/**
 * The image of the database; `like` is the file whose place it will take.
 * @throws an error of the file system, or TraceError; nothing is left then.
 */
export async function writeBeside(
  path: string,
  database: Database,
  like: Stats | null,
): Promise<WrittenFile> {
  const counts = countsOf(database);
  const image = database.export();
  const temporary = temporaryPath(path);
  try {
    const file = await open(temporary, 'wx', privateMode);
    try {
      await file.writeFile(image);
      if (like) await keepOwner(file, like);
      await file.sync();
    } finally {
      await file.close();
    }
    await assertReadable(temporary, counts, basename(path));
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
  return { temporary, bytes: image.length, counts };
}

/** @throws TraceError `corrupt` when what can be read from the disk is not what was written. */
export async function assertReadable(
  path: string,
  counts: TraceCounts,
  fileName: string,
): Promise<void> {
  const database = await Database.open(await readFile(path));
  try {
    const [damage] = damageNotices(database);
    if (damage !== undefined) throw new TraceError('corrupt', damage);
    assertSameCounts(countsOf(database), counts, fileName);
  } finally {
    database.close();
  }
}

/** Who may read the trace stays as the user has set it. */
async function keepOwner(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  // Only an administrator may give files away, and only for him they differ.
  await file.chown(uid, gid).catch(() => undefined);
  await file.chmod(mode & 0o777);
}
