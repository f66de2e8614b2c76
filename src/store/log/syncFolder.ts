/** That a file was renamed, made or removed is written in its folder. */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

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
