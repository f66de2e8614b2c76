/**
 * Refuses schemas by which a hostile file could make reading endless. A view may hold a recursive query, a
 * generated column any computation, a virtual table foreign code: none of them is a table that a recorder
 * writes.
 */
import { TraceError } from '../../protocol/errors.js';
import type { Database } from '../database.js';

/**
 * @throws TraceError `not-a-trace` when one of `tables` is missing or is not an ordinary table.
 */
export function assertOrdinaryTables(database: Database, tables: readonly string[]): void {
  for (const table of tables) {
    const entry = database.get(
      "SELECT type, rootpage FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')",
      [table],
    );
    if (!entry) throw notATrace(`it has no table "${table}"`);
    // A virtual table has no page of its own.
    const ordinary = entry['type'] === 'table' && Number(entry['rootpage']) > 0;
    if (!ordinary || hasGeneratedColumn(database, table)) {
      throw notATrace(`"${table}" in it is not an ordinary table`);
    }
  }
}

function hasGeneratedColumn(database: Database, table: string): boolean {
  return (
    database.get('SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden <> 0', [table]) !== undefined
  );
}

function notATrace(why: string): TraceError {
  return new TraceError('not-a-trace', `This database is not a trace that can be opened: ${why}.`);
}
