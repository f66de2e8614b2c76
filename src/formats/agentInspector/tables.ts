/** The tables of an Agent Inspector database, and which of their columns this file has. */
import type { Database, SqlValue } from '../../store/database.js';
import { textColumn } from '../../store/rowValues.js';
import { largestEpochMs } from './callTimes.js';

/** The schema that ai-agent-inspector 1.x writes. */
export const knownVersion = 1;

export interface Tables {
  readonly version: number;
  readonly runs: ReadonlySet<string>;
  readonly steps: ReadonlySet<string>;
  /** Null without the streaming extension. */
  readonly tokens: ReadonlySet<string> | null;
}

/** What nothing can be shown without. */
const needed = {
  runs: ['id', 'started_at'],
  steps: ['id', 'run_id', 'timestamp', 'type', 'data'],
  tokens: ['llm_call_id', 'token_index', 'token'],
};

/** Whether the three tables are there, with whatever columns. */
export function hasTables(database: Database): boolean {
  return ['schema_version', 'runs', 'steps'].every((name) => columnsOf(database, name).size > 0);
}

/** Null when columns are missing that nothing can be shown without. */
export function readTables(database: Database): Tables | null {
  const runs = columnsOf(database, 'runs');
  const steps = columnsOf(database, 'steps');
  if (!hasAll(runs, needed.runs) || !hasAll(steps, needed.steps)) return null;
  const tokens = columnsOf(database, 'llm_tokens');
  return {
    version: readVersion(database),
    runs,
    steps,
    tokens: hasAll(tokens, needed.tokens) ? tokens : null,
  };
}

export function readVersion(database: Database): number {
  if (!columnsOf(database, 'schema_version').has('version')) return knownVersion;
  const version = database.get('SELECT max(version) AS version FROM schema_version')?.['version'];
  return typeof version === 'number' ? version : knownVersion;
}

/**
 * Ordinary tables with a rowid only. Views, virtual tables and generated columns are left out (`table_info` does
 * not list the latter): in a hostile file, reading one may compute anything.
 */
function columnsOf(database: Database, table: string): Set<string> {
  const isOrdinary = database.get(
    `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? AND rootpage > 0`,
    [table],
  );
  if (isOrdinary === undefined || !hasRowid(database, table)) return new Set();
  const columns = database.all(`PRAGMA table_info(${table})`);
  return new Set(columns.map(({ name }) => String(name).toLowerCase()));
}

function hasRowid(database: Database, table: string): boolean {
  try {
    database.all(`SELECT rowid FROM ${table} LIMIT 0`);
    return true;
  } catch {
    // WITHOUT ROWID: not what the recorder writes.
    return false;
  }
}

function hasAll(columns: ReadonlySet<string>, names: readonly string[]): boolean {
  return names.every((name) => columns.has(name));
}

/** SQL for a column, NULL where the file lacks it. `name` is never from a file. */
export function column(alias: string, columns: ReadonlySet<string>, name: string): string {
  return columns.has(name) ? `${alias}.${name}` : 'NULL';
}

/** The same for texts, to be read by `textOf`. */
export function text(alias: string, columns: ReadonlySet<string>, name: string): string {
  return textColumn(column(alias, columns, name));
}

/** Milliseconds, since 1970 or since something; null for what is no time. */
export function timeOf(value: SqlValue | undefined): number | null {
  return typeof value === 'number' && value >= 0 && value <= largestEpochMs ? value : null;
}
