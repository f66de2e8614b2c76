/** Percentiles as numpy, vLLM and AIPerf compute them: linear interpolation between the closest ranks. */

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * The value below which `share` (0 … 1) of the values lie.
 * Formula: with h = (n − 1) · share, x[⌊h⌋] + (h − ⌊h⌋) · (x[⌊h⌋ + 1] − x[⌊h⌋]); numpy's default ("linear").
 * @param sorted ascending, without NaN
 * @returns null for no values
 */
export function percentile(sorted: Float64Array, share: number): number | null {
  const rank = (sorted.length - 1) * share;
  const below = Math.floor(rank);
  const lower = sorted[below];
  if (lower === undefined) return null;
  const upper = sorted[below + 1] ?? lower;
  return lower + (rank - below) * (upper - lower);
}

/** The percentiles that are shown; null for no values. `sorted` is ascending, without NaN. */
export function percentiles(sorted: Float64Array): Percentiles | null {
  const max = sorted.at(-1);
  if (max === undefined) return null;
  const at = (share: number): number => percentile(sorted, share) ?? max;
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max };
}
