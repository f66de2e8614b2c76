/** Metrics of one call. Definitions, formulas and sources: docs/metrics.md. */
import type { Microseconds } from './units.js';

/** When a gap between two tokens is called a stall: both conditions must hold. */
export interface StallRule {
  /** The absolute floor. */
  readonly minimumUs: Microseconds;
  /** Times the call's median inter-chunk latency. */
  readonly medianFactor: number;
}

export interface Stall {
  /** Position of the token after which the stream stood still. */
  readonly after: number;
  readonly startUs: Microseconds;
  readonly endUs: Microseconds;
}

/** Tokens that came out of one read, or within 1 ms. */
export interface Burst {
  /** Position of the burst's first token. */
  readonly first: number;
  readonly count: number;
  readonly atUs: Microseconds;
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Null means "not known or not defined for this call", never zero. Times are since the request was sent. */
export interface CallMetrics {
  readonly ttfcUs: Microseconds | null;
  readonly ttftUs: Microseconds | null;
  readonly ttfoUs: Microseconds | null;
  readonly lastTokenUs: Microseconds | null;
  /** End-to-end latency: request sent → last byte. */
  readonly durationUs: Microseconds | null;
  readonly tpotUs: Microseconds | null;
  /** Inter-chunk latencies in µs. */
  readonly icl: Percentiles | null;
  readonly outputTokensPerSecond: number | null;
  readonly effectiveTokensPerSecond: number | null;
  readonly stallCount: number;
  /** The longest ones, at most 100, in order of time. */
  readonly stalls: readonly Stall[];
  readonly burstCount: number;
  /** The largest ones, at most 100, in order of time. */
  readonly bursts: readonly Burst[];
}
