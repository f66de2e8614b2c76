/** The formats that can be opened, and which of them a database is. */
import { TraceError } from '../protocol/errors.js';
import type { Database } from '../store/database.js';
import type { TraceReader } from '../store/traceReader.js';
import { agentInspector } from './agentInspector/format.js';
import type { ReadOptions, TraceFormat } from './format.js';
import { nativeTrace } from './nativeTrace.js';
import { readable, withReadableErrors } from './readableErrors.js';

const formats: readonly TraceFormat[] = [nativeTrace, agentInspector];

/**
 * Opens a database with the format that recognises it; the reader owns the database from then on, and it is
 * closed when this throws.
 * @throws TraceError: `not-a-trace` when no format recognises it, `corrupt` when it cannot be read, and those of
 * {@link TraceFormat.open}. So do the reader's methods.
 */
export function openReader(database: Database, options: ReadOptions): TraceReader {
  try {
    return readable(() => {
      const format = formats.find((candidate) => candidate.recognises(database));
      if (format === undefined) throw notATrace();
      return withReadableErrors(format.open(database, options));
    });
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

function notATrace(): TraceError {
  const signs = formats.map(({ label, sign }) => `${label} (${sign})`).join(' and ');
  return new TraceError(
    'not-a-trace',
    `This is a SQLite database, but it holds no LLM traces. Looked for ${signs}.`,
  );
}
