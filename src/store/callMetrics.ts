/** The metrics of a call from both sources: computed from its tokens, and recorded in the file. */
import { type LongestGaps, stallsOfGaps } from '../model/gaps.js';
import {
  chunksAreTokens,
  outputTokens,
  outputTokensPerSecond,
  timePerOutputToken,
} from '../model/latency.js';
import {
  type CallMetrics,
  type CallMetricsInput,
  type StallRule,
  computeCallMetrics,
} from '../model/metrics.js';
import { stallThresholdUs } from '../model/stalls.js';
import { type TokenColumns, columnsOf } from '../model/tokens.js';
import type { RecordedCall } from './traceReader.js';

/**
 * Computed figures go first; a recorded one stands where the tokens cannot give it. Of an aggregated call, only
 * the recorded ones are of all that came. `receivedContent` is the call's number of received tokens without the
 * empty ones.
 */
export function callMetrics(
  call: RecordedCall,
  columns: TokenColumns,
  receivedContent: number,
  stallRule: StallRule,
  sortLatencies?: CallMetricsInput['sortLatencies'],
): CallMetrics {
  const computed = computeCallMetrics({
    columns: call.aggregated ? noTokens : columns,
    durationUs: call.recorded.durationUs,
    ttfcUs: call.recorded.ttfcUs,
    completionTokens: call.completionTokens,
    tokenCountSource: call.tokenCountSource,
    clockSource: call.clockSource,
    receivedTokens: call.receivedTokens,
    receivedContent,
    sampleRate: call.sampleRate,
    stallRule,
    ...(sortLatencies ? { sortLatencies } : {}),
  });
  const metrics = filled(
    call.requestTimeKnown ? computed : withoutRequestTime(computed),
    call.recorded,
  );
  return {
    ...withDerived({ ...call, receivedTokens: receivedContent }, metrics),
    ...(call.longestGaps && recordedStalls(call.longestGaps, metrics, columns, stallRule)),
  };
}

const noTokens = columnsOf([]);

function recordedStalls(
  gaps: LongestGaps,
  { icl }: CallMetrics,
  kept: TokenColumns,
  rule: StallRule,
): Pick<CallMetrics, 'stallCount' | 'mayBeMoreStalls' | 'stalls'> {
  const stalls = stallsOfGaps(gaps, stallThresholdUs(rule, icl?.p50 ?? 0), kept);
  const { count: stallCount, mayBeMore: mayBeMoreStalls, longest } = stalls;
  return { stallCount, mayBeMoreStalls, stalls: longest };
}

/** The offsets count from the first token then: gaps hold, and nothing that begins with the request. */
function withoutRequestTime(metrics: CallMetrics): CallMetrics {
  return {
    ...metrics,
    ttfcUs: null,
    ttftUs: null,
    ttfoUs: null,
    lastTokenUs: null,
    durationUs: null,
    tpotUs: null,
    effectiveTokensPerSecond: null,
  };
}

function filled(computed: CallMetrics, recorded: RecordedCall['recorded']): CallMetrics {
  const known = Object.entries(recorded).filter(
    ([name, value]) => value !== null && computed[name as keyof CallMetrics] === null,
  );
  return { ...computed, ...Object.fromEntries(known) };
}

/** What follows from recorded figures. */
function withDerived(call: RecordedCall, metrics: CallMetrics): CallMetrics {
  if (!call.requestTimeKnown) return metrics;
  const counted = outputTokens(call);
  const tokens = counted?.count ?? null;
  const { durationUs, ttftUs, lastTokenUs } = metrics;
  return {
    ...metrics,
    itl: metrics.itl ?? (chunksAreTokens(counted, call.receivedTokens) ? metrics.icl : null),
    tpotUs: metrics.tpotUs ?? timePerOutputToken(durationUs, ttftUs, tokens),
    outputTokensPerSecond:
      metrics.outputTokensPerSecond ?? outputTokensPerSecond(tokens, ttftUs, lastTokenUs),
  };
}
