/** Failures of SQLite over a damaged or hostile file, as sentences. */
import { TraceError } from '../protocol/errors.js';
import type { TraceReader } from '../store/traceReader.js';

/** The same reader, whose every failure is a TraceError. */
export function withReadableErrors(reader: TraceReader): TraceReader {
  return {
    formatLabel: reader.formatLabel,
    runs: () => readable(() => reader.runs()),
    notices: () => reader.notices(),
    runMetadata: (run) => readable(() => reader.runMetadata(run)),
    steps: (run) => readable(() => reader.steps(run)),
    tokens: (call) => readable(() => reader.tokens(call)),
    tokenMetadata: (call, first, last) => readable(() => reader.tokenMetadata(call, first, last)),
    detail: (step, tokens) => readable(() => reader.detail(step, tokens)),
    close: () => reader.close(),
  };
}

/** @throws TraceError whatever `work` throws, except errors of our own program. */
export function readable<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!isOfSqlite(thrown)) throw thrown;
    throw new TraceError(
      'corrupt',
      'The file is damaged and cannot be read. Open a copy from before the damage, or try to recover it with: sqlite3 FILE .recover',
      thrown.stack ?? thrown.message,
    );
  }
}

/** SQLite's failures are plain Errors, and a trap of its WebAssembly; ours have classes of their own. */
function isOfSqlite(thrown: unknown): thrown is Error {
  if (!(thrown instanceof Error) || thrown instanceof TraceError) return false;
  return thrown.constructor === Error || thrown.name === 'RuntimeError';
}
