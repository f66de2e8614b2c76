/** Versions of the native schema, and the way between them. */
import { TraceError } from '../../protocol/errors.js';
import type { Database } from '../database.js';
import {
  addVersion2,
  applicationId,
  createVersion1,
  dropVersion1,
  dropVersion2,
} from './schema.js';

export interface Migration {
  /** From the version before to this one. */
  readonly up: string;
  /** From this version to the one before. */
  readonly down: string;
  /** A sentence about what of this image the version before cannot hold; null where it can hold everything. */
  readonly loses?: (database: Database) => string | null;
}

/** Position 0 leads to version 1. Released steps are never changed: add another. */
export const nativeMigrations: readonly Migration[] = [
  { up: createVersion1, down: dropVersion1 },
  { up: addVersion2, down: dropVersion2, loses: aggregationLost },
];

export const latestVersion = nativeMigrations.length;

/** The native schema's version of an image, 0 for an empty one, or null when it is no native trace. */
export function nativeVersion(database: Database): number | null {
  const id = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  if (id === applicationId) return version;
  const objects = database.get('SELECT count(*) AS count FROM sqlite_schema')?.['count'];
  return id === 0 && version === 0 && objects === 0 ? 0 : null;
}

/**
 * The version of an image that can be read, 0 for an empty one.
 * @throws TraceError `too-new` for a file of a later release, `not-a-trace` for another database.
 */
export function readableVersion(database: Database, newest = latestVersion): number {
  const version = nativeVersion(database);
  if (version === null || version < 0) {
    throw new TraceError('not-a-trace', 'This SQLite database is not an LLM Stream trace.');
  }
  if (version > newest) {
    throw new TraceError(
      'too-new',
      `This trace has format version ${version}; this LLM Stream Inspector reads up to version ` +
        `${newest}. Update the extension to open it.`,
    );
  }
  return version;
}

/**
 * Brings the image, and never a file, to `target`: all steps or none.
 * @throws TraceError as {@link readableVersion}.
 */
export function migrate(
  database: Database,
  target = latestVersion,
  migrations: readonly Migration[] = nativeMigrations,
): void {
  const version = readableVersion(database, migrations.length);
  if (version === target) return;
  database.transaction(() => {
    for (let at = version; at < target; at++) database.exec(migrations[at]?.up ?? '');
    for (let at = version; at > target; at--) database.exec(migrations[at - 1]?.down ?? '');
    database.exec(
      `PRAGMA application_id = ${target === 0 ? 0 : applicationId}; PRAGMA user_version = ${target}`,
    );
  });
}

/** Sentences about what is lost on the way down to `target`; none on the way up. */
export function lossesUntil(database: Database, target: number): string[] {
  const onTheWay = nativeMigrations.slice(target, readableVersion(database));
  return onTheWay.flatMap(({ loses }) => loses?.(database) ?? []);
}

function aggregationLost(database: Database): string | null {
  const row = database.get(
    `SELECT count(*) AS count FROM llm_calls WHERE aggregated = 1
       AND coalesce(aggregated_at_us, burst_count, gap_count, longest_gaps, rate_curve) IS NOT NULL`,
  );
  const calls = Number(row?.['count']);
  if (calls === 0) return null;
  const whose = calls === 1 ? 'one aggregated call' : `${calls} aggregated calls`;
  return `Version 1 cannot hold the stalls, the bursts and the curve of the rate of ${whose}: they are gone.`;
}

function pragma(database: Database, name: 'application_id' | 'user_version'): number {
  return Number(database.get(`PRAGMA ${name}`)?.[name] ?? 0);
}
