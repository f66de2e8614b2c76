/** Tokens between the rows of `llm_tokens` and columns. */
import { TokenKind, type TokenColumns } from '../../model/tokens.js';
import type { StepKey } from '../../model/trace.js';
import type { Database, SqlValue } from '../database.js';
import type { LastToken } from '../traceReader.js';
import { CheckedColumns } from './checkedColumns.js';

/** Call within a transaction. Indexes that the call already has are an error. */
export function insertTokens(database: Database, call: StepKey, columns: TokenColumns): void {
  // CAST, because text is bound as the bytes that it already is.
  database.runMany(
    `INSERT INTO llm_tokens (call_key, token_index, offset_us, kind, read_index, token)
     VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT))`,
    rowsOf(call, columns),
  );
}

function* rowsOf(call: StepKey, columns: TokenColumns): Generator<SqlValue[]> {
  let start = 0;
  for (let position = 0; position < columns.count; position++) {
    const end = columns.textEnd[position] ?? start;
    const readIndex = columns.readIndex[position] ?? -1;
    yield [
      call,
      columns.index[position] ?? position,
      Math.round(columns.offsetUs[position] ?? 0),
      columns.kind[position] ?? TokenKind.other,
      readIndex < 0 ? null : readIndex,
      columns.text.subarray(start, end),
    ];
    start = end;
  }
}

/** The tokens of a call in order, or those behind the `last` one. The arrays own their buffers. */
export function readTokens(
  database: Database,
  call: StepKey,
  last: LastToken | null = null,
): TokenColumns {
  const columns = new CheckedColumns(() => database.imageBytes());
  columns.begin(last);
  database.each(
    `SELECT token_index, offset_us, kind, read_index, CAST(token AS BLOB) FROM llm_tokens
     WHERE ${last ? 'call_key = ? AND token_index > ?' : 'call_key = ?'} ORDER BY token_index`,
    last ? [call, last.index] : [call],
    ([index, offsetUs, kind, readIndex, text]) => {
      const bytes = text instanceof Uint8Array ? text : noText;
      columns.add(
        ...([numberOf(index), numberOf(offsetUs), numberOf(kind), numberOf(readIndex)] as const),
        bytes,
        0,
        bytes.length,
      );
    },
  );
  return columns.columns();
}

const noText = new Uint8Array(0);

const numberOf = (value: SqlValue | undefined): number => (typeof value === 'number' ? value : NaN);
