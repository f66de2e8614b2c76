/**
 * Figures of a stage, of its phases and of the stages in it: what the calls within did in a span of time.
 * Definitions: docs/metrics.md.
 */
import { type CallSpan, callSpan, openIn } from './callSpans.js';
import { type Interval, coveredUs, everything, holds, overlapUs } from './intervals.js';
import { percentile } from './percentiles.js';
import type { Step, StepKey } from './trace.js';
import { type Microseconds, microseconds } from './units.js';

/** Null: not known, of none of the calls. Times in µs. */
export interface SpanFigures {
  readonly durationUs: Microseconds;
  readonly calls: number;
  /** Output tokens that came in the span. */
  readonly tokens: number | null;
  /** An estimate is among them, or the tokens of a call that streamed before or after, too, were shared out by time. */
  readonly areTokensEstimated: boolean;
  /** Calls whose tokens are not counted. */
  readonly uncountedCalls: number;
  readonly ttftP50Us: number | null;
  readonly outputTokensPerSecond: number | null;
  readonly stalls: number | null;
  readonly mayBeMoreStalls: boolean;
  /** Calls and other steps that failed. */
  readonly errors: number;
  /** 0–1, of the span's length; null where the times of a call are not known, and of a span without length. */
  readonly waitingShare: number | null;
  readonly streamingShare: number | null;
}

export interface PartFigures {
  readonly name: string;
  readonly figures: SpanFigures;
}

export interface StageStatistics {
  readonly whole: SpanFigures;
  readonly phases: readonly PartFigures[];
  /** The stages right below it; empty for a stage that is no group. */
  readonly stages: readonly PartFigures[];
}

/**
 * @param steps of the run, in the order of display
 * @param ends until when steps without a length have gone on, µs since the run's start
 */
export function stageStatistics(
  steps: readonly Step[],
  stage: Step,
  ends: ReadonlyMap<StepKey, Microseconds>,
): StageStatistics {
  const inside = stepsBelow(steps, stage);
  const spans = new Map(
    inside.flatMap((step) => (step.call ? [[step.key, callSpan(step, ends.get(step.key))]] : [])),
  );
  const figuresOf = (within: readonly Step[], span: Interval, counted: Interval): SpanFigures =>
    spanFigures(
      within.flatMap(({ key }) => spans.get(key) ?? []),
      within.filter((step) => step.failed && holds(counted, endOf(step, ends))).length,
      span,
      counted,
    );
  const spanOf = (step: Step): Interval => ({ from: step.startUs, to: endOf(step, ends) });
  return {
    whole: figuresOf(inside, spanOf(stage), everything),
    phases: phaseIntervals(stage, spanOf(stage).to).map(({ name, span, counted }) => ({
      name,
      figures: figuresOf(inside, span, counted),
    })),
    stages: nextStages(inside).map((step) => ({
      name: step.name,
      figures: figuresOf(stepsBelow(steps, step), spanOf(step), everything),
    })),
  };
}

/** All steps within a step, however deep. */
export function stepsBelow(steps: readonly Step[], { key, depth }: Step): readonly Step[] {
  const from = steps.findIndex((step) => step.key === key) + 1;
  const length = steps.slice(from).findIndex((step) => step.depth <= depth);
  return steps.slice(from, length < 0 ? undefined : from + length);
}

/** Stages that are in no other one of them. */
function nextStages(inside: readonly Step[]): Step[] {
  let withinDepth = Infinity;
  return inside.filter(({ type, depth }) => {
    if (depth > withinDepth) return false;
    withinDepth = type === 'stage' ? depth : Infinity;
    return type === 'stage';
  });
}

const endOf = (
  { key, startUs, durationUs }: Step,
  ends: ReadonlyMap<StepKey, Microseconds>,
): number => ends.get(key) ?? startUs + (durationUs ?? 0);

interface PhaseInterval {
  readonly name: string;
  readonly span: Interval;
  /** Whatever comes after the stage has ended belongs to its last phase. */
  readonly counted: Interval;
}

function phaseIntervals({ stage, startUs }: Step, endUs: number): PhaseInterval[] {
  const phases = stage?.phases ?? [];
  return phases.map(({ name, offsetUs }, at) => {
    const next = phases[at + 1];
    const from = startUs + offsetUs;
    const to = next ? startUs + next.offsetUs : Math.max(from, endUs);
    return { name, span: { from, to }, counted: { from, to: next ? to : Infinity } };
  });
}

function spanFigures(
  calls: readonly CallSpan[],
  errors: number,
  span: Interval,
  counted: Interval,
): SpanFigures {
  const open = calls.filter((call) => openIn(call, counted));
  const tokens = tokensIn(open, counted);
  const stalls = stallsIn(open, counted);
  const firstTokens = open
    .filter(({ sentUs, ttftUs }) => ttftUs !== null && holds(counted, sentUs))
    .map(({ ttftUs }) => ttftUs ?? 0);
  return {
    durationUs: microseconds(span.to - span.from),
    calls: open.length,
    ...tokens,
    ttftP50Us: percentile(Float64Array.from(firstTokens).sort(), 0.5),
    ...stalls,
    errors,
    ...sharesOf(open, span),
  };
}

function tokensIn(
  calls: readonly CallSpan[],
  counted: Interval,
): Pick<SpanFigures, 'tokens' | 'areTokensEstimated' | 'uncountedCalls' | 'outputTokensPerSecond'> {
  let [tokens, areTokensEstimated, uncountedCalls] = [0, false, 0];
  let [timedTokens, timedUs] = [0, 0];
  for (const call of calls) {
    if (call.tokens === null) {
      uncountedCalls++;
      continue;
    }
    const share = streamShare(call, counted);
    if (share === 0) continue;
    const here = call.tokens.count * share;
    tokens += here;
    areTokensEstimated ||= call.tokens.source === 'estimate' || share < 1;
    const { generating } = call;
    if (generating === null || generating.to <= generating.from) continue;
    timedTokens += here;
    timedUs += overlapUs(generating, counted);
  }
  return {
    tokens: calls.length > 0 && uncountedCalls === calls.length ? null : Math.round(tokens),
    areTokensEstimated,
    uncountedCalls,
    outputTokensPerSecond: timedUs > 0 ? (timedTokens * 1_000_000) / timedUs : null,
  };
}

/** How much of what the call put out came in the span, 0–1; all of it where its request was sent, if its times are not known. */
function streamShare({ generating, sentUs }: CallSpan, span: Interval): number {
  if (generating === null) return holds(span, sentUs) ? 1 : 0;
  const lengthUs = generating.to - generating.from;
  if (lengthUs <= 0) return holds(span, generating.from) ? 1 : 0;
  return overlapUs(generating, span) / lengthUs;
}

function stallsIn(
  calls: readonly CallSpan[],
  counted: Interval,
): Pick<SpanFigures, 'stalls' | 'mayBeMoreStalls'> {
  let [stalls, mayBeMoreStalls, known] = [0, false, 0];
  for (const { sentUs, endUs, metrics } of calls) {
    if (metrics.stallCount === null) continue;
    known++;
    mayBeMoreStalls ||= metrics.mayBeMoreStalls;
    if (holds(counted, sentUs) && (endUs ?? Infinity) <= counted.to) {
      stalls += metrics.stallCount;
      continue;
    }
    // Of the others only the longest are known one by one.
    stalls += metrics.stalls.filter(({ startUs }) => holds(counted, sentUs + startUs)).length;
    mayBeMoreStalls ||= metrics.stallCount > metrics.stalls.length;
  }
  return { stalls: calls.length > 0 && known === 0 ? null : stalls, mayBeMoreStalls };
}

/** Where one call waits while another streams, the span streams. */
function sharesOf(
  calls: readonly CallSpan[],
  span: Interval,
): Pick<SpanFigures, 'waitingShare' | 'streamingShare'> {
  const lengthUs = span.to - span.from;
  if (lengthUs <= 0 || calls.some(({ waiting }) => waiting === null)) {
    return { waitingShare: null, streamingShare: null };
  }
  const streaming = calls.flatMap((call) => call.streaming ?? []);
  const waiting = calls.flatMap((call) => call.waiting ?? []);
  const streamingUs = coveredUs(streaming, span);
  const openUs = coveredUs([...waiting, ...streaming], span);
  return {
    waitingShare: (openUs - streamingUs) / lengthUs,
    streamingShare: streamingUs / lengthUs,
  };
}
