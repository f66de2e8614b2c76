/** `FILE.backup`: the file as it was, until its successor has been read back. */
import { constants } from 'node:fs';
import { copyFile, link, open, readFile, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { TraceError } from '../protocol/errors.js';
import { syncFolderOf } from '../store/log/syncFolder.js';

export const backupSuffix = '.backup';

/**
 * Its path.
 * @throws TraceError `busy` while there is a backup of something else, which is somebody's only copy of it.
 */
export async function makeBackup(path: string): Promise<string> {
  const backup = path + backupSuffix;
  await removeSame(path, backup);
  try {
    // Costs neither time nor space: the file itself is replaced, never written into.
    await link(path, backup);
  } catch {
    await copyFile(path, backup, constants.COPYFILE_EXCL);
    const file = await open(backup, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
  await syncFolderOf(backup);
  return backup;
}

/** A backup of the file as it still is: whoever made it was killed before he had changed anything. */
async function removeSame(path: string, backup: string): Promise<void> {
  const there = await stat(backup).catch(() => null);
  if (there === null) return;
  const own = await stat(path);
  const isSame =
    (there.ino === own.ino && there.dev === own.dev) ||
    (there.size === own.size && (await readFile(backup)).equals(await readFile(path)));
  if (!isSame) {
    throw new TraceError(
      'busy',
      `${basename(backup)} is still there from a migration that did not end. Open ${basename(path)}: if it is whole, delete the backup, then try again.`,
    );
  }
  await rm(backup);
}
