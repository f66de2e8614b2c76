/** Brings a trace's file to another version of the format. */
import { basename } from 'node:path';
import type { MigrateResult } from '../protocol/maintenanceMessages.js';
import { lossesUntil, migrate, readableVersion } from '../store/native/migrations.js';
import { assertOwnSchema } from '../store/native/ownSchema.js';
import { withTrace } from './heldTrace.js';
import { Work } from './work.js';

/**
 * A file that has that version already stays as it is.
 * @throws TraceError as {@link withTrace}, and `too-new`; the file is as it was then.
 */
export function migrateFile(
  path: string,
  to: number,
  work = new Work(),
): Promise<Omit<MigrateResult, 'type'>> {
  return withTrace(path, async (trace) => {
    const database = await trace.open();
    try {
      const from = readableVersion(database);
      const bytesBefore = trace.stats.size;
      const same = { path, from, to: from, bytesBefore, bytesAfter: bytesBefore, notices: [] };
      work.report(0, 1, `Migrating ${basename(path)}`);
      await work.pause();
      if (from === to || work.isCancelled) return { ...same, cancelled: work.isCancelled };
      assertOwnSchema(database);
      const notices = lossesUntil(database, to);
      migrate(database, to);
      const bytesAfter = await trace.replaceWith(database, { withBackup: true });
      return { path, from, to, bytesBefore, bytesAfter, notices, cancelled: false };
    } finally {
      database.close();
    }
  });
}
