/** Rows of `steps` as they come out of SQL: the columns checked, the data unpacked. */
import { type StepType, stepTypes } from '../../model/trace.js';
import type { Database, SqlValue } from '../../store/database.js';
import { keyOf, oneOf, textOf } from '../../store/rowValues.js';
import { type DecodedEvent, decodeEvent, largestEventBytes } from './eventData.js';
import type { FernetKey } from './fernet.js';
import { failedExpression, runIdOfKey } from './runs.js';
import { type Tables, column, text, timeOf } from './tables.js';

export interface StepRow {
  readonly key: number;
  readonly id: string;
  readonly type: StepType;
  readonly name: string | null;
  readonly status: string | null;
  readonly failed: boolean;
  /** Epoch ms; null when it is no time. */
  readonly timestampMs: number | null;
  readonly durationMs: number | null;
  /** Of any step of the file; see `withSoundParents`. */
  readonly parentKey: number | null;
  readonly event: DecodedEvent;
}

/** SQL conditions on `steps s` with one key bound as ?1. Those of a run use the index on (run_id, timestamp). */
export const ofRun = `s.run_id = ${runIdOfKey}`;
export const ofStep = 's.rowid = ?1';

/** Stored data are at most this large: what Fernet makes of the largest event, uncompressed. */
const largestStoredBytes = largestEventBytes * 1.5;
/** All events of a run, unpacked: bounds the time that a file of many gzip bombs can take. */
const largestRunBytes = 512 * 1024 * 1024;

/** The rows in order of time. */
export function eachStepRow(
  database: Database,
  tables: Tables,
  keys: readonly FernetKey[],
  scope: { readonly where: string; readonly key: number },
  onRow: (row: StepRow) => void,
): void {
  let unpackedBytes = 0;
  database.each(stepRowsSql(tables, scope.where), [scope.key], (row) => {
    const event = unpackedBytes > largestRunBytes ? tooMuch : eventOf(row, keys);
    unpackedBytes += event.unpackedBytes;
    onRow(stepRowOf(row, event));
  });
}

const tooMuch: DecodedEvent = {
  ok: false,
  unpackedBytes: 0,
  problem: `were not read: the steps before it in this run unpack to more than ${largestRunBytes / 1024 / 1024} MB`,
};

function stepRowsSql(tables: Tables, where: string): string {
  const { steps } = tables;
  const parent = column('s', steps, 'parent_event_id');
  return `SELECT s.rowid, ${text('s', steps, 'id')}, ${text('s', steps, 'type')},
      ${text('s', steps, 'name')}, ${text('s', steps, 'status')},
      ${failedExpression('s', tables)}, s.timestamp, ${column('s', steps, 'duration_ms')}, p.rowid,
      octet_length(s.data),
      CASE WHEN octet_length(s.data) <= ${largestStoredBytes} THEN CAST(s.data AS BLOB) END
    FROM steps s LEFT JOIN steps p ON p.id = ${parent}
    WHERE ${where} AND s.rowid BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER}
    ORDER BY s.timestamp, s.rowid`;
}

function eventOf(row: readonly SqlValue[], keys: readonly FernetKey[]): DecodedEvent {
  const data = row[10];
  if (data instanceof Uint8Array) return decodeEvent(data, keys);
  const problem = row[9] === null ? 'are missing' : 'are too large to be unpacked';
  return { ok: false, problem, unpackedBytes: 0 };
}

function stepRowOf(row: readonly SqlValue[], event: DecodedEvent): StepRow {
  return {
    key: Number(row[0]),
    id: textOf(row[1]) ?? '',
    type: oneOf(row[2], stepTypes) ?? 'custom',
    name: textOf(row[3]),
    status: textOf(row[4]),
    failed: row[5] === 1,
    timestampMs: timeOf(row[6]),
    durationMs: timeOf(row[7]),
    parentKey: keyOf(row[8]),
    event,
  };
}
