/** Tokens between the rows of `llm_tokens` and columns. */
import { TokenKind, type TokenColumns } from '../../model/tokens.js';
import type { StepKey } from '../../model/trace.js';
import type { Database, SqlValue } from '../database.js';
import type { LastToken } from '../traceReader.js';

const largestIndex = 0xffff_ffff;
/** A century: what is beyond is not a time, and would lose microseconds in a double. */
const largestOffsetUs = 3.2e15;

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

/**
 * The tokens of a call in order, or those behind the `last` one. Whatever a hostile or damaged file holds, the columns keep their promises:
 * indexes grow, offsets never decrease, kinds are known. The arrays own their buffers.
 */
export function readTokens(
  database: Database,
  call: StepKey,
  last: LastToken | null = null,
): TokenColumns {
  const capacity = countTokens(database, call, last);
  const index = new Uint32Array(capacity);
  const offsetUs = new Float64Array(capacity);
  const kind = new Uint8Array(capacity);
  const readIndex = new Int32Array(capacity);
  const textEnd = new Uint32Array(capacity);
  let text = new Uint8Array(capacity * 8);
  let textLength = 0;
  let count = 0;
  let nextIndex = last ? last.index + 1 : 0;
  let latestUs = last?.offsetUs ?? 0;
  database.each(
    `SELECT token_index, offset_us, kind, read_index, CAST(token AS BLOB) FROM llm_tokens
     WHERE ${tokensBehind(last)} ORDER BY token_index`,
    last ? [call, last.index] : [call],
    (row) => {
      if (count === capacity || nextIndex > largestIndex) return;
      nextIndex = Math.max(nextIndex, whole(row[0], nextIndex, largestIndex));
      latestUs = Math.max(latestUs, whole(row[1], latestUs, largestOffsetUs));
      index[count] = nextIndex++;
      offsetUs[count] = latestUs;
      kind[count] = whole(row[2], TokenKind.other, TokenKind.other);
      readIndex[count] = whole(row[3], -1, 0x7fff_ffff);
      const bytes = row[4];
      if (bytes instanceof Uint8Array) {
        if (textLength + bytes.length > text.length) {
          text = resized(text, Math.max(text.length * 2, textLength + bytes.length));
        }
        text.set(bytes, textLength);
        textLength += bytes.length;
      }
      textEnd[count] = textLength;
      count++;
    },
  );
  return {
    count,
    index: index.slice(0, count),
    offsetUs: offsetUs.slice(0, count),
    kind: kind.slice(0, count),
    readIndex: readIndex.slice(0, count),
    textEnd: textEnd.slice(0, count),
    text: text.slice(0, textLength),
  };
}

function countTokens(database: Database, call: StepKey, last: LastToken | null): number {
  const row = database.get(
    `SELECT count(*) AS count FROM llm_tokens WHERE ${tokensBehind(last)}`,
    last ? [call, last.index] : [call],
  );
  return Number(row?.['count']);
}

const tokensBehind = (last: LastToken | null): string =>
  last ? 'call_key = ? AND token_index > ?' : 'call_key = ?';

/** A whole number from 0 to `largest`, or `otherwise` when the value is anything else. */
function whole(value: SqlValue | undefined, otherwise: number, largest: number): number {
  return typeof value === 'number' && value >= 0 && value <= largest
    ? Math.floor(value)
    : otherwise;
}

function resized(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}
