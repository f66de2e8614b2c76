/**
 * What the token timeline shows of a span, laid out in CSS pixels but not painted: computed anew when the
 * tokens, the span or the width change, not per frame.
 */
import { formatDuration, formatTokens } from '../../src/model/formatting.js';
import {
  type Gap,
  type MarkBins,
  type MarkIndex,
  binMarks,
  indexMarks,
  wideGaps,
} from '../../src/model/levelOfDetail.js';
import { type Burst, isBuffered } from '../../src/model/bursts.js';
import { tokenRates } from '../../src/model/rates.js';
import { hasTimes } from '../../src/model/replay.js';
import { type TokenColumns, isBehindGap, tokenTime } from '../../src/model/tokens.js';
import type { Call } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import { type HeldTokens, continues } from '../../src/protocol/followedTokens.js';
import { missingBefore } from '../state/leftOut.js';
import type { Span } from '../state/pageModel.js';
import { type Tick, type TimeScale, timeScale, timeTicks } from './axis.js';

/** The selected call's tokens on their axis: µs since the request or, without times, positions. */
export interface TokenAxis {
  readonly call: Call;
  readonly tokens: HeldTokens;
  readonly marks: MarkIndex;
  readonly isTimed: boolean;
  readonly whole: Span;
}

export interface Bracket {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface SceneGap extends Bracket {
  /** Position of the token before it; null where the file does not keep it. */
  readonly after: number | null;
  /** Else it is only wide enough to be told. */
  readonly isStall: boolean;
}

export interface SceneBurst {
  readonly x: number;
  readonly label: string;
}

export interface TokenScene {
  /** Of the whole picture. */
  readonly width: number;
  readonly scale: TimeScale;
  readonly ticks: readonly Tick[];
  /** One bin per pixel, from `left` on. */
  readonly bins: MarkBins;
  readonly left: number;
  /** Tokens per second per bin; null where there is no time. */
  readonly rates: Float32Array | null;
  readonly highestRate: number;
  readonly ttft: Bracket | null;
  readonly gaps: readonly SceneGap[];
  /** Where tokens came that are not in the file. */
  readonly leftOut: readonly Bracket[];
  readonly bursts: readonly SceneBurst[];
}

/** A gap that is no stall gets its length when it is this wide, */
const widePixels = 40;
/** and this many times the median, or every gap of a zoomed view would get one. */
const notableFactor = 5;

/** `before` is what was shown before, perhaps of the same call when it had fewer tokens. */
export function tokenAxis(
  call: Call,
  tokens: HeldTokens,
  before: TokenAxis | null = null,
): TokenAxis {
  const isTimed = hasTimes(tokens, call.clockSource);
  const places = isTimed
    ? tokens.offsetUs
    : Float64Array.from({ length: tokens.count }, (_, position) => position);
  const last = places[tokens.count - 1] ?? 0;
  const end = isTimed ? Math.max(last, call.metrics.durationUs ?? 0) : last;
  const known = before && continues(before.tokens, tokens) ? before.marks : undefined;
  return {
    call,
    tokens,
    marks: indexMarks(places, tokens.kind, known),
    isTimed,
    whole: { fromUs: microseconds(0), toUs: microseconds(Math.max(1, end)) },
  };
}

export function tokenScene(axis: TokenAxis, view: Span, width: number): TokenScene {
  const scale = timeScale(view, width);
  const [left = 0, right = 1] = scale.range();
  const binCount = Math.max(1, Math.round(right - left));
  const bins = binMarks(axis.marks, view.fromUs, view.toUs, binCount);
  const rates = axis.isTimed ? ratesIn(axis, view, binCount) : null;
  const wide = axis.isTimed ? wideGaps(axis.marks, bins, widePixels) : [];
  return {
    width,
    scale,
    ticks: axis.isTimed ? timeTicks(scale) : positionTicks(scale),
    bins,
    left,
    rates,
    highestRate: rates?.reduce((highest, rate) => Math.max(highest, rate), 0) ?? 0,
    ttft: axis.isTimed ? ttftBracket(axis, scale) : null,
    gaps: axis.isTimed ? gapsIn(axis, view, wide, scale) : [],
    leftOut: leftOutIn(axis, wide, scale),
    bursts: axis.isTimed ? buffersIn(axis, view, scale) : [],
  };
}

function ratesIn({ call, tokens }: TokenAxis, view: Span, bins: number): Float32Array {
  const rates = new Float32Array(bins);
  tokenRates(call.rateCurve ?? tokens, view.fromUs, view.toUs, bins, rates, 0, microseconds(0));
  return rates;
}

function positionTicks(scale: TimeScale): Tick[] {
  const [start = 0, end = 0] = scale.range();
  const wanted = Math.max(2, Math.floor((end - start) / 96));
  return scale
    .ticks(wanted)
    .filter(Number.isInteger)
    .map((position) => ({ x: scale(position), label: `#${position}` }));
}

function ttftBracket({ call }: TokenAxis, scale: TimeScale): Bracket | null {
  const { ttftUs } = call.metrics;
  if (ttftUs === null || ttftUs <= 0) return null;
  return { from: scale(0), to: scale(ttftUs), label: `TTFT ${formatDuration(ttftUs)}` };
}

function gapsIn(axis: TokenAxis, view: Span, wide: readonly Gap[], scale: TimeScale): SceneGap[] {
  const { stalls, icl } = axis.call.metrics;
  const stalled = new Set(stalls.map(({ after }) => after));
  const gapOf = (after: number | null, from: number, to: number, isStall: boolean): SceneGap => {
    const length = formatDuration(microseconds(to - from));
    const label = isStall ? `stall ${length}` : length;
    return { after, from: scale(from), to: scale(to), label, isStall };
  };
  const found = stalls
    .filter(({ startUs, endUs }) => endUs > view.fromUs && startUs < view.toUs)
    .map(({ after, startUs, endUs }) => gapOf(after, startUs, endUs, true));
  for (const { after, from, to } of wide) {
    const isNotable = to - from >= notableFactor * (icl?.p50 ?? Infinity);
    const isKnown = !isBehindGap(axis.tokens, after + 1);
    if (stalled.has(after) || !isNotable || !isKnown) continue;
    found.push(gapOf(after, from, to, false));
  }
  const tail = tailGap(axis, scale);
  return tail ? [...found, tail] : found;
}

/** From the last token to the last byte, where that is long: the connection stayed open for nothing. */
function tailGap({ call, tokens }: TokenAxis, scale: TimeScale): SceneGap | null {
  const last = tokenTime(tokens, tokens.count - 1);
  const { durationUs } = call.metrics;
  // Of a sampled one more may have come.
  if (call.sampleRate < 1 && call.state === 'interrupted') return null;
  if (durationUs === null || scale(durationUs) - scale(last) < widePixels) return null;
  return {
    after: tokens.count - 1,
    from: scale(last),
    to: scale(durationUs),
    label: `${formatDuration(microseconds(durationUs - last))} until the end`,
    isStall: false,
  };
}

/** There, nobody knows whether the stream stood still, but for the stalls that were recorded. */
const leftOutIn = (
  { call, tokens }: TokenAxis,
  wide: readonly Gap[],
  scale: TimeScale,
): Bracket[] =>
  wide
    .filter(({ after }) => isBehindGap(tokens, after + 1))
    .map(({ after, from, to }) => {
      const count = formatTokens(missingBefore(tokens, after + 1));
      const label = `${count} ${call.aggregated ? 'aggregated' : 'not kept'}`;
      return { from: scale(from), to: scale(to), label };
    });

function buffersIn({ call, tokens }: TokenAxis, view: Span, scale: TimeScale): SceneBurst[] {
  const medianUs = call.metrics.icl?.p50 ?? null;
  return call.metrics.bursts
    .filter(
      (burst) =>
        burst.atUs >= view.fromUs && burst.atUs <= view.toUs && isBuffered(burst, medianUs),
    )
    .map((burst) => ({
      x: scale(burst.atUs),
      label: `${burst.count} tokens ${isOneRead(tokens, burst) ? 'in one read' : 'within 1 ms'}: buffered`,
    }));
}

function isOneRead({ readIndex }: TokenColumns, { first, count }: Burst): boolean {
  const read = readIndex[first] ?? -1;
  return read >= 0 && read === readIndex[first + count - 1];
}
