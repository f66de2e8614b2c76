/** What must be the same in a file that was written and in the image that it was written from. */
import { TraceError } from '../protocol/errors.js';
import type { Database } from '../store/database.js';
import { nativeVersion } from '../store/native/migrations.js';

const tables = ['runs', 'steps', 'llm_calls', 'llm_tokens'] as const;

export type TraceCounts = Readonly<Record<(typeof tables)[number] | 'version', number>>;

export function countsOf(database: Database): TraceCounts {
  const counts = tables.map((table) => {
    const row = database.get(`SELECT count(*) AS count FROM ${table}`);
    return [table, Number(row?.['count'])] as const;
  });
  const named = Object.fromEntries(counts) as Record<(typeof tables)[number], number>;
  return { ...named, version: nativeVersion(database) ?? 0 };
}

/** @throws TraceError `corrupt` when what is on the disk is not what was written. */
export function assertSameCounts(found: TraceCounts, wanted: TraceCounts, fileName: string): void {
  const differing = [...tables, 'version' as const].find((name) => found[name] !== wanted[name]);
  if (differing === undefined) return;
  throw new TraceError(
    'corrupt',
    `What was written for ${fileName} could not be read back, so nothing was changed. Check the disk.`,
    `${differing}: ${found[differing]} instead of ${wanted[differing]}`,
  );
}
