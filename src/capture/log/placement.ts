/** Where open files are, and that they stay there. */
import { fstatSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** False when the folder, or the file, was moved, deleted or replaced. */
export async function isAtPath(descriptor: number, path: string): Promise<boolean> {
  const own = fstatSync(descriptor, { bigint: true });
  try {
    const there = await stat(path, { bigint: true });
    return own.ino === there.ino && own.dev === there.dev;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // Whatever else keeps us from looking says nothing about the file.
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

/** A rename reaches the disk. Where folders cannot be synced (Windows) the system does it in its own time. */
export async function syncFolderOf(path: string): Promise<void> {
  try {
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // It protects against a loss of power only, and there is nothing else to be done.
  }
}
