/** Refuses to write into a trace whose schema is not the one that we made. */
import { TraceError } from '../../protocol/errors.js';
import type { Database } from '../database.js';
import { readableVersion } from './migrations.js';
import { schemaTexts } from './schema.js';

/**
 * A trigger, an index over an expression or a condition of a hostile file would compute anything with every row
 * that is written.
 * @throws TraceError `not-a-trace`, `too-new`
 */
export function assertOwnSchema(database: Database): void {
  // SQLite keeps the text of a statement as it was.
  const own = schemaTexts[readableVersion(database) - 1] ?? '';
  const objects = database.all(
    `SELECT CAST(name AS TEXT) AS name, CAST(sql AS TEXT) AS sql FROM sqlite_schema
     WHERE sql IS NOT NULL
       AND (type NOT IN ('table', 'view') OR lower(name) IN ('runs', 'steps', 'llm_calls', 'llm_tokens'))`,
  );
  for (const { name, sql } of objects) {
    if (own.includes(String(sql))) continue;
    throw new TraceError(
      'not-a-trace',
      `This trace cannot be written into: "${String(name)}" in it was added or changed by another program. ` +
        'Move the trace away, or choose another file.',
    );
  }
}
