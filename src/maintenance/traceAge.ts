/** How old a trace is, by the newest thing recorded in it; and what lies beside it. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Database } from '../store/database.js';
import { logSuffix } from '../store/log/logLines.js';
import { replacedBy } from '../store/log/temporaryFiles.js';
import { readableVersion } from '../store/native/migrations.js';
import { damageNotices } from '../store/source/damage.js';
import { readSnapshot } from '../store/source/snapshot.js';
import { TraceError } from '../protocol/errors.js';
import { backupSuffix } from './backup.js';

/**
 * µs since 1970. Of a trace without anything in it, when its file was written.
 * @throws TraceError for what cannot be read.
 */
export async function newestIn(path: string): Promise<number> {
  const { mtimeMs } = await stat(path);
  const log = await stat(path + logSuffix).catch(() => null);
  const database = await Database.open(await readSnapshot(path));
  try {
    readableVersion(database);
    if (damageNotices(database).length > 0) throw damaged(path);
    const row = database.get(
      `SELECT max(at_us) AS newest FROM (
         SELECT max(started_at_us, coalesce(ended_at_us, 0)) AS at_us FROM runs
         UNION ALL SELECT started_at_us + coalesce(duration_us, 0) FROM steps)`,
    );
    const newest = row?.['newest'];
    const inImage = typeof newest === 'number' ? newest : mtimeMs * 1_000;
    return Math.max(inImage, log === null ? 0 : log.mtimeMs * 1_000);
  } finally {
    database.close();
  }
}

/** What a trace has beside it, and goes with it; the log first, of which it could be made again. */
export async function companionsOf(path: string): Promise<string[]> {
  const named = [logSuffix, '-wal', '-shm', '-journal', backupSuffix].map((end) => path + end);
  const folder = dirname(path);
  const temporary = (await readdir(folder))
    .filter((name) => replacedBy(name) === basename(path))
    .map((name) => join(folder, name));
  return [...named, ...temporary];
}

/** In bytes, of those that are there. */
export async function sizeOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const damaged = (path: string): TraceError =>
  new TraceError('corrupt', `${basename(path)} is damaged, and is left as it is.`);
