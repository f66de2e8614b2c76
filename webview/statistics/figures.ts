/** The rows of the table "Statistics": each figure of a call, and why where it is not known. */
import { type FigureDefinition, callFigures } from '../../src/model/definitions.js';
import {
  formatCount,
  formatDuration,
  formatRate,
  formatStalls,
  unknownFigure,
} from '../../src/model/formatting.js';
import { outputTokens } from '../../src/model/latency.js';
import type { CallMetrics, StallRule } from '../../src/model/metrics.js';
import type { Call } from '../../src/model/trace.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';

export interface FigureRow {
  readonly figure: FigureDefinition;
  /** {@link unknownFigure} where nothing is known. */
  readonly value: string;
  /** What else to know about the value: why it is not known, where a count is from; empty for nothing. */
  readonly note: string;
}

export function figureRows(call: Call, rule: StallRule): FigureRow[] {
  const { metrics } = call;
  const icl = (value: number | undefined): string | null =>
    value === undefined ? null : formatDuration(microseconds(value));
  const row = (
    figure: FigureDefinition,
    value: string | null,
    whyUnknown: string,
    note = '',
  ): FigureRow =>
    value === null ? { figure, value: unknownFigure, note: whyUnknown } : { figure, value, note };
  const { noTime, noGap, noNeighbours } = reasons(call);
  return [
    totalTokens(call),
    row(callFigures.duration, duration(metrics.durationUs), noTime),
    row(callFigures.ttfc, duration(metrics.ttfcUs), 'the file does not say'),
    row(callFigures.ttft, duration(metrics.ttftUs), noTime),
    row(callFigures.ttfo, duration(metrics.ttfoUs), noVisibleText(call, noTime)),
    row(callFigures.tpot, duration(metrics.tpotUs), 'needs two tokens and their times'),
    row(callFigures.iclP50, icl(metrics.icl?.p50), noGap),
    row(callFigures.iclP95, icl(metrics.icl?.p95), noGap),
    row(callFigures.iclP99, icl(metrics.icl?.p99), noGap),
    row(callFigures.itlP50, icl(metrics.itl?.p50), 'a chunk is not known to be one token'),
    row(callFigures.outputTokensPerSecond, rate(metrics.outputTokensPerSecond), noGap),
    row(callFigures.effectiveTokensPerSecond, rate(metrics.effectiveTokensPerSecond), noTime),
    row(callFigures.stalls, stalls(metrics), noNeighbours, stallNote(call, rule)),
    row(callFigures.bursts, count(metrics.burstCount), noNeighbours, burstNote(call)),
    row(callFigures.finishReason, call.finishReason, 'the file does not say'),
  ];
}

const duration = (value: Microseconds | null): string | null =>
  value === null ? null : formatDuration(value);
const rate = (value: number | null): string | null => (value === null ? null : formatRate(value));
const stalls = ({ stallCount, mayBeMoreStalls }: CallMetrics): string | null =>
  stallCount === null ? null : formatStalls(stallCount, mayBeMoreStalls);
const count = (value: number | null): string | null => (value === null ? null : formatCount(value));

interface Reasons {
  readonly noTime: string;
  readonly noGap: string;
  /** Why it is not known how any two neighbours came. */
  readonly noNeighbours: string;
}

/** Why times, and gaps between tokens, are not known. */
function reasons(call: Call): Reasons {
  const all = (why: string): Reasons => ({ noTime: why, noGap: why, noNeighbours: why });
  if (call.clockSource === 'order-only') return all('order only: the file holds no times');
  if (call.sampleRate < 1 && call.state === 'streaming') {
    return { ...all('known when the call has ended'), noNeighbours: leftOut(call) };
  }
  if (call.storedTokens === 0) {
    if (call.sampleRate === 0) return all(leftOut(call));
    return all(call.state === 'streaming' ? 'no token yet' : 'the file holds no tokens');
  }
  const isWhole = call.storedTokens >= call.receivedTokens && call.sampleRate === 1;
  const why = isWhole ? 'needs more tokens' : leftOut(call);
  return {
    ...{ noGap: why, noNeighbours: why },
    noTime: call.state === 'streaming' ? 'not ended yet' : 'the file does not say',
  };
}

const leftOut = ({ sampleRate, storedTokens }: Call): string =>
  sampleRate === 0 && storedTokens === 0 ? 'tokens are not stored' : 'the file left tokens out';

const noVisibleText = (call: Call, noTime: string): string =>
  call.metrics.ttftUs === null ? noTime : 'no visible text came';

const sources = {
  usage: 'counted by the provider',
  logprobs: 'counted by log probabilities',
  estimate: 'an estimate',
  chunks: 'chunks that came',
} as const;

function totalTokens(call: Call): FigureRow {
  const figure = callFigures.totalTokens;
  const tokens = outputTokens(call);
  const isOpen = call.state === 'streaming' && call.sampleRate < 1;
  const unknown = isOpen ? 'known when the call has ended' : 'the file does not say';
  if (!tokens) return { figure, value: unknownFigure, note: unknown };
  if (isOpen && tokens.source === 'chunks') {
    return {
      figure,
      value: `≥ ${formatCount(tokens.count)}`,
      note: 'until the newest one that is kept',
    };
  }
  const value = `${tokens.source === 'estimate' ? '≈ ' : ''}${formatCount(tokens.count)}`;
  return { figure, value, note: sources[tokens.source] };
}

function stallNote({ metrics: { stalls, icl } }: Call, rule: StallRule): string {
  const longest = Math.max(0, ...stalls.map(({ startUs, endUs }) => endUs - startUs));
  const floor = formatDuration(rule.minimumUs);
  const relative = icl === null ? '' : ` and ${rule.medianFactor} × the median`;
  const limit = `from ${floor}${relative} on`;
  return longest > 0 ? `longest ${formatDuration(microseconds(longest))}; ${limit}` : limit;
}

function burstNote({ metrics: { bursts } }: Call): string {
  const largest = Math.max(0, ...bursts.map((burst) => burst.count));
  return largest > 0 ? `largest ${formatCount(largest)} tokens` : '';
}
