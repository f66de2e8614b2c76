/** Finds out whether an image is sound before anything is read from it. */
import { TraceError } from '../../protocol/errors.js';
import type { Database } from '../database.js';

const mostTables = 1_000;
const mostFindings = 100;

/**
 * What SQLite's own check of the tables finds, at most one sentence for the user. Cost: about 3 ms per MB.
 * @throws TraceError `corrupt` when the damage could make reading endless: pages that are reached twice
 * multiply, from level to level, into more rows than will ever be read.
 */
export function damageNotices(database: Database): string[] {
  // Conditions of a hostile schema may compute anything.
  database.exec('PRAGMA ignore_check_constraints = ON');
  const findings = ordinaryTables(database).flatMap((table) =>
    database
      .all('SELECT quick_check AS finding FROM pragma_quick_check(?)', [table])
      .map((row) => String(row['finding']))
      .filter((finding) => finding !== 'ok'),
  );
  if (findings.length === 0) return [];
  if (
    findings.length >= mostFindings ||
    findings.some((finding) => /2nd reference/.test(finding))
  ) {
    throw new TraceError(
      'corrupt',
      'The file is damaged too badly to be read. Open a copy from before the damage, or try to recover it with: sqlite3 FILE .recover',
      findings.join('\n'),
    );
  }
  return ['The file is damaged: rows may be missing or wrong.'];
}

/** Without views and virtual tables, and without generated columns, which compute when they are checked. */
function ordinaryTables(database: Database): string[] {
  const tables = database.all(
    // Not pragma_table_list: it resolves every view, and views of views multiply. What is no ordinary table
    // has no page of its own.
    // CAST: a name may be stored as a BLOB, whose text is the table's name all the same.
    "SELECT CAST(name AS TEXT) AS name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 LIMIT ?",
    [mostTables + 1],
  );
  if (tables.length > mostTables) {
    throw new TraceError('not-a-trace', 'This database has too many tables to be a trace.');
  }
  return tables
    .map((table) => String(table['name']))
    .filter(
      (table) =>
        !database.get('SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden IN (2, 3)', [table]),
    );
}
