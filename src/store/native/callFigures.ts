/** The figures of a stored call, computed from the tokens that are stored. */
import { isSampled } from '../../model/latency.js';
import { type CallMetrics, type StallRule, computeCallMetrics } from '../../model/metrics.js';
import type { ClockSource, TokenCountSource } from '../../model/provenance.js';
import type { TokenColumns } from '../../model/tokens.js';
import type { StepKey } from '../../model/trace.js';
import { type Microseconds, microseconds } from '../../model/units.js';
import type { Database } from '../database.js';
import { readTokens } from './tokenRows.js';

export interface TokenFigures {
  readonly columns: TokenColumns;
  /** Tokens that came. */
  readonly received: number;
  /** All of them are stored. */
  readonly isWhole: boolean;
  readonly isAggregated: boolean;
  readonly hasEnded: boolean;
  readonly metrics: CallMetrics;
}

/** Stalls are not stored: the reader counts them by its own rule. */
const anyStallRule: StallRule = { minimumUs: microseconds(Infinity), medianFactor: Infinity };

/**
 * Null for what is no call.
 * @param told how many tokens came, as far as that was said
 */
export function figuresOfTokens(database: Database, call: StepKey, told = 0): TokenFigures | null {
  const row = database.get(
    `SELECT state, duration_us, ttfc_us, completion_tokens, token_count_source, clock_source, chunk_count,
            sample_rate, aggregated
     FROM llm_calls WHERE call_key = ?`,
    [call],
  );
  if (!row) return null;
  const columns = readTokens(database, call);
  const received = Math.max(told, columns.count, Number(row['chunk_count']));
  const sampleRate = Number(row['sample_rate']);
  const metrics = computeCallMetrics({
    columns,
    durationUs: row['duration_us'] as Microseconds | null,
    ttfcUs: row['ttfc_us'] as Microseconds | null,
    completionTokens: row['completion_tokens'] as number | null,
    tokenCountSource: row['token_count_source'] as TokenCountSource | null,
    clockSource: (row['clock_source'] ?? 'unknown') as ClockSource,
    receivedTokens: received,
    sampleRate,
    stallRule: anyStallRule,
  });
  return {
    ...{ columns, received, metrics },
    isWhole: received === columns.count && sampleRate === 1 && !isSampled(columns),
    isAggregated: row['aggregated'] === 1,
    hasEnded: row['state'] !== 'streaming',
  };
}
