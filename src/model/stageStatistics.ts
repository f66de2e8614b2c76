/**
 * Figures of a stage, of its phases and of the stages in it: what the calls within did in a span of time.
 * Definitions: docs/metrics.md.
 */
import { type CallSpan, callSpan, openIn } from './callSpans.js';
import { type Interval, coveredUs, everything, holds, overlapUs } from './intervals.js';
import { percentile } from './percentiles.js';
import { firstAbove } from './search.js';
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
  const below = stepsBelow(steps, stage);
  const inside = below.map((step): StepSpan => {
    const call = step.call && callSpan(step, ends.get(step.key));
    return { step, call, endUs: endOf(step, ends) };
  });
  const span = { from: stage.startUs, to: endOf(stage, ends) };
  return {
    whole: figuresOf(inside, span, everything),
    phases: phaseFigures(inside, stage, span.to),
    stages: nextStages(inside).map(({ step, endUs, inside: parts }) => ({
      name: step.name,
      figures: figuresOf(parts, { from: step.startUs, to: endUs }, everything),
    })),
  };
}

interface StepSpan {
  readonly step: Step;
  /** Null for what is no call. */
  readonly call: CallSpan | null;
  readonly endUs: number;
}

function figuresOf(parts: readonly StepSpan[], span: Interval, counted: Interval): SpanFigures {
  const calls = parts.map(({ call }) => call).filter((call) => call !== null);
  return spanFigures(calls, parts.filter(({ step }) => step.failed).length, span, counted);
}

/** All steps within a step, however deep. */
function stepsBelow(steps: readonly Step[], { key, depth }: Step): readonly Step[] {
  const from = steps.findIndex((step) => step.key === key) + 1;
  const to = steps.findIndex((step, at) => at >= from && step.depth <= depth);
  return steps.slice(from, to < 0 ? undefined : to);
}

/** Stages that are in no other one of them, each with what is in it. */
function nextStages(
  inside: readonly StepSpan[],
): (StepSpan & { readonly inside: readonly StepSpan[] })[] {
  const stages: (StepSpan & { readonly inside: StepSpan[] })[] = [];
  let open: (typeof stages)[number] | undefined;
  for (const part of inside) {
    if (open && part.step.depth > open.step.depth) {
      open.inside.push(part);
      continue;
    }
    open = part.step.type === 'stage' ? { ...part, inside: [] } : undefined;
    if (open) stages.push(open);
  }
  return stages;
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

/** Each call goes to the phases in which it was open, and a failure to the phase in which it came. */
function phaseFigures(inside: readonly StepSpan[], stage: Step, endUs: number): PartFigures[] {
  const phases = phaseIntervals(stage, endUs);
  const starts = phases.map(({ counted }) => counted.from);
  const calls = phases.map((): CallSpan[] => []);
  const errors = phases.map(() => 0);
  for (const { step, call, endUs: stepEndUs } of inside) {
    const last = firstAbove(starts, stepEndUs) - 1;
    if (step.failed && last >= 0) errors[last] = (errors[last] ?? 0) + 1;
    if (!call) continue;
    for (let at = Math.max(0, firstAbove(starts, call.sentUs) - 1); at < phases.length; at++) {
      const counted = phases[at]?.counted;
      if (!counted || !openIn(call, counted)) break;
      calls[at]?.push(call);
    }
  }
  return phases.map(({ name, span, counted }, at) => ({
    name,
    figures: spanFigures(calls[at] ?? [], errors[at] ?? 0, span, counted),
  }));
}

/** @param calls that were open at some time of `counted` */
function spanFigures(
  calls: readonly CallSpan[],
  errors: number,
  span: Interval,
  counted: Interval,
): SpanFigures {
  const output = tokensIn(calls, counted);
  const { stalls, mayBeMoreStalls } = stallsIn(calls, counted);
  const { waitingShare, streamingShare } = sharesOf(calls, span);
  const firstTokens = calls
    .filter(({ sentUs, ttftUs }) => ttftUs !== null && holds(counted, sentUs))
    .map(({ ttftUs }) => ttftUs ?? 0);
  return {
    durationUs: microseconds(span.to - span.from),
    calls: calls.length,
    tokens: output.tokens,
    areTokensEstimated: output.areTokensEstimated,
    uncountedCalls: output.uncountedCalls,
    ttftP50Us: percentile(Float64Array.from(firstTokens).sort(), 0.5),
    outputTokensPerSecond: output.outputTokensPerSecond,
    stalls,
    mayBeMoreStalls,
    errors,
    waitingShare,
    streamingShare,
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
  const unknown = { waitingShare: null, streamingShare: null };
  if (lengthUs <= 0) return unknown;
  const waiting: Interval[] = [];
  const streaming: Interval[] = [];
  for (const call of calls) {
    if (call.waiting === null) return unknown;
    waiting.push(call.waiting);
    if (call.streaming) streaming.push(call.streaming);
  }
  const streamingUs = coveredUs(streaming, span);
  const openUs = coveredUs(waiting.concat(streaming), span);
  return {
    waitingShare: (openUs - streamingUs) / lengthUs,
    streamingShare: streamingUs / lengthUs,
  };
}
