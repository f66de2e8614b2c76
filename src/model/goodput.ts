/** Goodput as vLLM and AIPerf define it. */
import type { CallMetrics } from './metrics.js';
import type { Microseconds } from './units.js';

/** Service level objectives: upper limits; only those that are set count. */
export interface ServiceLevelObjectives {
  readonly ttftUs?: Microseconds;
  readonly tpotUs?: Microseconds;
  readonly durationUs?: Microseconds;
}

/**
 * Goodput: the share (0 … 1) of calls that meet every objective that is set. A call whose figure is not
 * known does not meet it. Null for no calls.
 */
export function goodput(
  calls: readonly CallMetrics[],
  objectives: ServiceLevelObjectives,
): number | null {
  if (calls.length === 0) return null;
  const meets = (value: Microseconds | null, limit: Microseconds | undefined): boolean =>
    limit === undefined || (value !== null && value <= limit);
  const good = calls.filter(
    (call) =>
      meets(call.ttftUs, objectives.ttftUs) &&
      meets(call.tpotUs, objectives.tpotUs) &&
      meets(call.durationUs, objectives.durationUs),
  );
  return good.length / calls.length;
}
