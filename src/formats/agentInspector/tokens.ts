/**
 * The streaming extension's `llm_tokens`. Its rows come from outside: wall-clock or relative times, indexes with
 * gaps, repeated, out of order or missing. What cannot be trusted is not used; nothing is invented.
 */
import type { StepKey } from '../../model/trace.js';
import { type TokenColumns, TokenKind, columnsOf } from '../../model/tokens.js';
import type { Database, SqlValue } from '../../store/database.js';
import { textColumn, textOf } from '../../store/rowValues.js';
import { type CallTimes, type TimeSpan, largestEpochMs, smallestEpochMs } from './callTimes.js';
import { TokenColumnsBuilder } from './tokenColumns.js';
import { type Tables, column, timeOf } from './tables.js';

const largestIndex = 0xffff_ffff;
/** Bytes that are read of what is said of one token. */
const longestMetadata = 65_536;

/** What is known of a call's tokens without reading them. */
export interface TokenFacts {
  /** How many are shown: without those stored twice. */
  readonly stored: number;
  /** How many came, by the indexes; more than `stored` where some are missing. */
  readonly received: number;
  /** Whether the indexes are whole numbers that tell tokens apart; else the rows' own order is used. */
  readonly indexed: boolean;
  readonly repeated: boolean;
  /** First and last wall-clock time, first and last relative one; only the order is known where both are null. */
  readonly epoch: TimeSpan | null;
  readonly relative: TimeSpan | null;
}

/** Facts of the calls of a run, or of one call, by the call's key. */
export function readTokenFacts(
  database: Database,
  tables: Tables,
  scope: { readonly where: string; readonly key: number },
): Map<number, TokenFacts> {
  const facts = new Map<number, TokenFacts>();
  if (tables.tokens === null) return facts;
  const time = column('t', tables.tokens, 'timestamp_ms');
  const isTime = `typeof(${time}) IN ('integer', 'real')`;
  const epoch = `CASE WHEN ${isTime} AND ${time} BETWEEN ${smallestEpochMs} AND ${largestEpochMs} THEN ${time} END`;
  const relative = `CASE WHEN ${isTime} AND ${time} >= 0 AND ${time} < ${smallestEpochMs} THEN ${time} END`;
  database.each(
    `SELECT s.rowid, count(*), count(DISTINCT t.token_index),
       sum(typeof(t.token_index) = 'integer' AND t.token_index BETWEEN 0 AND ${largestIndex}),
       min(t.token_index), max(t.token_index),
       min(${epoch}), max(${epoch}), min(${relative}), max(${relative})
     FROM steps s CROSS JOIN llm_tokens t ON t.llm_call_id = s.id
     WHERE ${scope.where} AND s.type = 'llm_call' GROUP BY s.rowid`,
    [scope.key],
    (row) => facts.set(Number(row[0]), factsOf(row)),
  );
  return facts;
}

function factsOf(row: readonly SqlValue[]): TokenFacts {
  const [rows, distinct, whole] = [Number(row[1]), Number(row[2]), Number(row[3])];
  // Rows of a batch that was flushed again double some indexes; indexes that are all alike tell nothing.
  const indexed = whole === rows && distinct * 2 >= rows;
  return {
    stored: indexed ? distinct : rows,
    received: indexed ? Math.max(distinct, Number(row[5]) - Number(row[4]) + 1) : rows,
    indexed,
    repeated: indexed && distinct < rows,
    epoch: spanOf(row[6], row[7]),
    relative: spanOf(row[8], row[9]),
  };
}

function spanOf(first: SqlValue | undefined, last: SqlValue | undefined): TimeSpan | null {
  return typeof first === 'number' && typeof last === 'number'
    ? { firstMs: first, lastMs: last }
    : null;
}

export function readTokens(
  database: Database,
  tables: Tables,
  call: StepKey,
  facts: TokenFacts,
  times: CallTimes,
): TokenColumns {
  if (tables.tokens === null) return columnsOf([]);
  const columns = new TokenColumnsBuilder(facts.stored);
  const clock = new TokenClock(times);
  const wanted = `${column('t', tables.tokens, 'timestamp_ms')},
    ${column('t', tables.tokens, 'delta_ms')}, CAST(t.token AS BLOB)`;
  eachToken(database, call, facts, wanted, (index, [timestampMs, deltaMs, bytes]) => {
    const text = bytes instanceof Uint8Array ? bytes : noText;
    columns.add({
      index,
      offsetUs: clock.offsetUs(timestampMs, deltaMs),
      kind: TokenKind.text,
      text,
    });
  });
  return columns.build();
}

/** JSON text by index, of the tokens from `first` to `last` of which something is said. */
export function readTokenMetadata(
  database: Database,
  tables: Tables,
  call: StepKey,
  facts: TokenFacts,
  { first, last }: { readonly first: number; readonly last: number },
): Map<number, string> {
  const found = new Map<number, string>();
  if (!tables.tokens?.has('metadata')) return found;
  eachToken(database, call, facts, textColumn('t.metadata', longestMetadata), (index, [value]) => {
    if (index < first || index > last) return;
    const metadata = textOf(value);
    if (saysSomething(metadata)) found.set(index, metadata);
  });
  return found;
}

/** What the recorder writes where nothing was said is an empty object. */
export const saysSomething = (metadata: string | null): metadata is string =>
  metadata !== null && metadata !== '' && metadata !== '{}';

/** Each token once, in its order; `wanted` are the columns that are handed on, of the rows `t`. */
function eachToken(
  database: Database,
  call: StepKey,
  { indexed }: TokenFacts,
  wanted: string,
  onToken: (index: number, values: readonly SqlValue[]) => void,
): void {
  let lastIndex = -1;
  database.each(
    `SELECT t.token_index, ${wanted}
     FROM llm_tokens t WHERE t.llm_call_id = (SELECT id FROM steps WHERE rowid = ?)
     ORDER BY ${indexed ? 't.token_index, t.rowid' : 't.rowid'}`,
    [call],
    ([tokenIndex, ...values]) => {
      const index = indexed ? Number(tokenIndex) : lastIndex + 1;
      if (index === lastIndex) return;
      lastIndex = index;
      onToken(index, values);
    },
  );
}

const noText = new Uint8Array();

/** Times of tokens, one after the other, as µs since the call's start that never decrease. */
class TokenClock {
  private latestUs = 0;

  constructor(private readonly times: CallTimes) {}

  /** A token without a time of its own came its delta, or no known time, after the one before it. */
  offsetUs(timestampMs: SqlValue | undefined, deltaMs: SqlValue | undefined): number {
    const time = timeOf(timestampMs);
    const offsetUs =
      time === null
        ? this.latestUs + 1000 * (timeOf(deltaMs) ?? 0)
        : 1000 * (time + this.originOf(time));
    this.latestUs = Math.max(this.latestUs, Math.round(offsetUs));
    return this.latestUs;
  }

  private originOf(time: number): number {
    return time >= smallestEpochMs ? -this.times.startMs : this.times.relativeShiftMs;
  }
}
