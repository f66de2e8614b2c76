/** Where open files are. */
import { fstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';

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
