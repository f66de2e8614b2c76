/** Metrics of one call, put together. Definitions, formulas and sources: docs/metrics.md. */
import { type Burst, findBursts } from './bursts.js';
import { type ContentTokens, contentTokens, countEmptyTokens } from './content.js';
import {
  chunksAreTokens,
  effectiveTokensPerSecond,
  isSampled,
  outputTokens,
  outputTokensPerSecond,
  sortedInterChunkLatencies,
  timeOfLastToken,
  timePerOutputToken,
  timeToFirstOutput,
  timeToFirstToken,
} from './latency.js';
import { type Percentiles, percentiles } from './percentiles.js';
import { type Stall, type StallRule, findStalls, stallThresholdUs } from './stalls.js';
import type { TokenColumns } from './tokens.js';
import type { ClockSource, TokenCountSource } from './provenance.js';
import type { Microseconds } from './units.js';

export type { Burst } from './bursts.js';
export type { Percentiles } from './percentiles.js';
export type { Stall, StallRule } from './stalls.js';

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
  /** Inter-token latencies in µs: the same figures, and only where every chunk is known to be one token. */
  readonly itl: Percentiles | null;
  readonly outputTokensPerSecond: number | null;
  readonly effectiveTokensPerSecond: number | null;
  /** Null where not every gap is known: no tokens stored, some left out, or only their order known. */
  readonly stallCount: number | null;
  /** True where `stallCount` is only the least: there may have been more. */
  readonly mayBeMoreStalls: boolean;
  /** The longest ones, at most 100, in order of time. */
  readonly stalls: readonly Stall[];
  /** Null under the same conditions as `stallCount`. */
  readonly burstCount: number | null;
  /** The largest ones, at most 100, in order of time. */
  readonly bursts: readonly Burst[];
}

export interface CallMetricsInput {
  readonly columns: TokenColumns;
  /** Request sent → last byte, as recorded. */
  readonly durationUs: Microseconds | null;
  /** Request sent → first chunk of whatever kind, as recorded. */
  readonly ttfcUs: Microseconds | null;
  readonly completionTokens: number | null;
  readonly tokenCountSource: TokenCountSource | null;
  readonly clockSource: ClockSource;
  /** Chunks that came; more than `columns` holds when sampled or aggregated. */
  readonly receivedTokens: number;
  /** Those of them with content; all but the empty ones of `columns` when absent. */
  readonly receivedContent?: number;
  /** Below 1, tokens may be missing anywhere; 1 when absent. */
  readonly sampleRate?: number;
  readonly stallRule: StallRule;
  /** Sorts the inter-chunk latencies; for a call that grows, from those that are sorted already. */
  readonly sortLatencies?: (offsetUs: Float64Array) => Float64Array;
}

/** What a call without any known time has. */
export const unknownMetrics: CallMetrics = {
  ttfcUs: null,
  ttftUs: null,
  ttfoUs: null,
  lastTokenUs: null,
  durationUs: null,
  tpotUs: null,
  icl: null,
  itl: null,
  outputTokensPerSecond: null,
  effectiveTokensPerSecond: null,
  stallCount: null,
  mayBeMoreStalls: false,
  stalls: [],
  burstCount: null,
  bursts: [],
};

/**
 * All metrics of one call. Where only the order of the tokens is known there are no times to compute
 * with, so nothing is known; where tokens were left out, figures that need every gap are not known.
 */
export function computeCallMetrics(input: CallMetricsInput): CallMetrics {
  if (input.clockSource === 'order-only') return unknownMetrics;
  const { columns, durationUs, ttfcUs, sampleRate = 1 } = input;
  const receivedTokens = Math.max(input.receivedTokens, columns.count);
  const { receivedContent = receivedTokens - countEmptyTokens(columns) } = input;
  const tokens = outputTokens({ ...input, receivedTokens: receivedContent });
  const tokenCount = tokens?.count ?? null;
  const ttftUs = timeToFirstToken(columns, receivedTokens);
  const lastTokenUs = timeOfLastToken(columns, receivedTokens);
  const everyGapKnown =
    columns.count > 0 &&
    sampleRate === 1 &&
    receivedTokens === columns.count &&
    !isSampled(columns);
  const oneChunkOneToken = chunksAreTokens(tokens, receivedContent);
  return {
    ttfcUs,
    ttftUs,
    ttfoUs: timeToFirstOutput(columns, receivedTokens),
    lastTokenUs,
    durationUs,
    tpotUs: timePerOutputToken(durationUs, ttftUs, tokenCount),
    outputTokensPerSecond: outputTokensPerSecond(tokenCount, ttftUs, lastTokenUs),
    effectiveTokensPerSecond: effectiveTokensPerSecond(tokenCount, durationUs),
    ...(everyGapKnown ? gapMetrics(contentTokens(columns), oneChunkOneToken, input) : unknownGaps),
  };
}

type GapMetrics = Pick<
  CallMetrics,
  'icl' | 'itl' | 'stallCount' | 'mayBeMoreStalls' | 'stalls' | 'burstCount' | 'bursts'
>;

const unknownGaps: GapMetrics = {
  icl: null,
  itl: null,
  stallCount: null,
  mayBeMoreStalls: false,
  stalls: [],
  burstCount: null,
  bursts: [],
};

function gapMetrics(
  { columns, originalPosition }: ContentTokens,
  oneChunkOneToken: boolean,
  { stallRule, sortLatencies = sortedInterChunkLatencies }: CallMetricsInput,
): GapMetrics {
  const icl = percentiles(sortLatencies(columns.offsetUs));
  const stalls = findStalls(columns, stallThresholdUs(stallRule, icl?.p50 ?? 0));
  const bursts = findBursts(columns);
  return {
    icl,
    itl: oneChunkOneToken ? icl : null,
    stallCount: stalls.count,
    mayBeMoreStalls: stalls.mayBeMore,
    stalls: stalls.longest.map((stall) => ({
      ...stall,
      after: stall.after === null ? null : originalPosition(stall.after),
    })),
    burstCount: bursts.count,
    bursts: bursts.largest.map((burst) => ({ ...burst, first: originalPosition(burst.first) })),
  };
}
