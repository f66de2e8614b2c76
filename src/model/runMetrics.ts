/** Figures of a run, from the figures of its calls. */
import { isBuffered } from './bursts.js';
import { outputTokens } from './latency.js';
import { percentile } from './percentiles.js';
import type { Call } from './trace.js';

/** Null: no call of the run has the figure. Times in µs. */
export interface RunMetrics {
  readonly calls: number;
  readonly failedCalls: number;
  readonly ttftP50Us: number | null;
  /** Output tokens of all calls / sum of their end-to-end latencies. */
  readonly tokensPerSecond: number | null;
  /** The median of the calls' medians. */
  readonly iclP50Us: number | null;
  /** The median of the calls' 95th percentiles. */
  readonly iclP95Us: number | null;
  readonly stalls: number;
  /** True where there may have been more stalls. */
  readonly mayBeMoreStalls: boolean;
  readonly bursts: number;
  /** Bursts for which something on the way had held tokens back. */
  readonly bufferedBursts: number;
}

export function runMetrics(calls: readonly Call[]): RunMetrics {
  const sum = (figure: (call: Call) => number | null): number =>
    calls.reduce((total, call) => total + (figure(call) ?? 0), 0);
  return {
    calls: calls.length,
    failedCalls: calls.filter((call) => call.state === 'failed').length,
    ttftP50Us: medianOf(calls, (call) => call.metrics.ttftUs),
    tokensPerSecond: tokensPerSecond(calls),
    iclP50Us: medianOf(calls, (call) => call.metrics.icl?.p50 ?? null),
    iclP95Us: medianOf(calls, (call) => call.metrics.icl?.p95 ?? null),
    stalls: sum((call) => call.metrics.stallCount),
    mayBeMoreStalls: calls.some((call) => call.metrics.mayBeMoreStalls),
    bursts: sum((call) => call.metrics.burstCount),
    bufferedBursts: sum(
      ({ metrics }) =>
        metrics.bursts.filter((burst) => isBuffered(burst, metrics.icl?.p50 ?? null)).length,
    ),
  };
}

function medianOf(calls: readonly Call[], figure: (call: Call) => number | null): number | null {
  const known = calls.map(figure).filter((value) => value !== null);
  return percentile(Float64Array.from(known).sort(), 0.5);
}

/** Only calls whose rate is known count, on both sides of the division. */
function tokensPerSecond(calls: readonly Call[]): number | null {
  let tokens = 0;
  let lengthUs = 0;
  for (const call of calls) {
    if (call.metrics.effectiveTokensPerSecond === null) continue;
    tokens += outputTokens(call)?.count ?? 0;
    lengthUs += call.metrics.durationUs ?? 0;
  }
  return lengthUs > 0 ? (tokens * 1_000_000) / lengthUs : null;
}
