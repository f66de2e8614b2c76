/** Writes trace files so that a reader, or a crash, never meets half of one. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TraceError } from '../../protocol/errors.js';

/**
 * Puts `bytes` where `path` is: beside it first, synced, then renamed.
 * @throws TraceError `busy` while another program has the database open with rows that are only in its log.
 */
export async function writeTraceFile(path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path);
  await assertNoLog(target);
  const temporary = join(
    dirname(target),
    `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`,
  );
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** @throws TraceError `busy`, as above. */
export async function assertNoLog(path: string): Promise<void> {
  for (const log of ['-wal', '-journal']) {
    const size = await stat(path + log).then(
      (stats) => stats.size,
      () => 0,
    );
    if (size > 0) {
      // SQLite would apply the old log to the new file.
      throw new TraceError(
        'busy',
        `Another program has ${basename(path)} open and has not finished writing. Close it there, then try again.`,
      );
    }
  }
}
