/**
 * Aggregation: of a call that has ended, the figures, the text and a few tokens at either end stay, the other
 * tokens go. What is gone does not come back: everything that is asked of it later is stored first.
 */
import { contentTokens } from '../../model/content.js';
import { streamShape } from '../../model/streamShape.js';
import { type StepKey, stepKey } from '../../model/trace.js';
import type { EpochMicroseconds } from '../../model/units.js';
import type { Database, SqlValue } from '../database.js';
import { jsonOf, textColumn, textOf } from '../rowValues.js';
import { shapeColumns } from './shapeColumns.js';
import { type TokenFigures, figuresOfTokens } from './callFigures.js';
import { importedFacts, longestImportedData } from './importedFacts.js';
import { responseText } from './responseText.js';
import { storedFigures } from './storedFigures.js';
import type { TraceWriter } from './traceWriter.js';

export const keptAtEitherEnd = 10;

export interface AggregationProgress {
  /** Calls that were looked at. */
  readonly done: number;
  readonly total: number;
  /** Those of them that were aggregated; the others had nothing to be dropped. */
  readonly aggregated: number;
}

/**
 * Aggregates all calls that began before `beforeUs`, the oldest first, each in a transaction of its own, and says
 * after each how far it is. Whoever takes no further step has cancelled: what is done stays, and the next time
 * the others follow.
 * @param atUs the time that the calls are marked with
 */
export function* aggregateTrace(
  writer: TraceWriter,
  { beforeUs, atUs }: { readonly beforeUs: EpochMicroseconds; readonly atUs: EpochMicroseconds },
): Generator<AggregationProgress, void, undefined> {
  const calls = writer.database.all(
    `SELECT call_key FROM llm_calls JOIN steps ON step_key = call_key
     WHERE aggregated = 0 AND state <> 'streaming' AND sample_rate = 1 AND chunk_count > ?
       AND steps.started_at_us < ?
     ORDER BY steps.started_at_us, call_key`,
    [2 * keptAtEitherEnd, beforeUs],
  );
  let aggregated = 0;
  for (const [position, { call_key: key }] of calls.entries()) {
    if (aggregateCall(writer, stepKey(Number(key)), atUs)) aggregated++;
    yield { done: position + 1, total: calls.length, aggregated };
  }
}

/**
 * False where nothing was done: for a call that is aggregated already, that has not ended, or that has no more
 * tokens than would be kept; and for one of which tokens were left out before (sampled, or lost on the way), whose
 * text would not be whole.
 */
export function aggregateCall(
  writer: TraceWriter,
  call: StepKey,
  atUs: EpochMicroseconds,
): boolean {
  const { database } = writer;
  const figures = figuresOfTokens(database, call);
  if (!figures || !canBeAggregated(figures)) return false;
  const { index, count } = figures.columns;
  const values = { ...aggregatedValues(figures), ...figuresOfImported(database, call) };
  const response = responseText(figures.columns);
  database.transaction(() => {
    database.update('llm_calls', 'call_key', call, {
      ...values,
      aggregated: 1,
      aggregated_at_us: Math.round(atUs),
    });
    if (response !== '') database.fill('llm_calls', 'call_key', call, { response });
    database.run(
      'DELETE FROM llm_tokens WHERE call_key = ? AND token_index > ? AND token_index < ?',
      [call, index[keptAtEitherEnd - 1] ?? 0, index[count - keptAtEitherEnd] ?? 0],
    );
  });
  return true;
}

const canBeAggregated = ({ columns, isAggregated, hasEnded, isWhole }: TokenFigures): boolean =>
  !isAggregated &&
  hasEnded &&
  isWhole &&
  contentTokens(columns).columns.count > 2 * keptAtEitherEnd;

/** Of a call from elsewhere whose times do not count from its request: the columns stay as they were imported. */
function figuresOfImported(database: Database, call: StepKey): Record<string, undefined> {
  const row = database.get(
    `SELECT ${textColumn('data', longestImportedData)} AS data FROM steps WHERE step_key = ?`,
    [call],
  );
  const { requestTimeKnown } = importedFacts(jsonOf(textOf(row?.['data'])));
  return requestTimeKnown
    ? {}
    : { ttft_us: undefined, ttfo_us: undefined, last_token_us: undefined };
}

const aggregatedValues = ({
  columns,
  metrics,
  received,
}: TokenFigures): Record<string, SqlValue> => ({
  chunk_count: received,
  ...storedFigures(metrics, {}),
  ...shapeColumns(streamShape(contentTokens(columns).columns, metrics)),
});
