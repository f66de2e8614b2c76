/** Where the marks of a row are, in CSS pixels along the time axis. Pure: nothing is painted here. */
import { formatDuration } from '../../src/model/formatting.js';
import type { Call, Step } from '../../src/model/trace.js';
import type { Microseconds } from '../../src/model/units.js';
import { waitingWords } from '../state/waiting.js';
import type { TimeScale } from './axis.js';
import { bandMarks } from './runBand.js';
import { type RunRow, cutOffWords } from './runRows.js';
import { stageMarks } from './runStages.js';
import { isLane } from './runTree.js';

export const rowHeight = 24;
export const axisHeight = 22;

/** What a mark means for its colour; the shape tells the same. */
export type Tone = 'tool' | 'memory' | 'error' | 'warning' | 'success' | 'neutral';

/** How far a stage is that goes on, and what it is at; `brief`, where there is no room, may be empty. */
export interface StageStatus {
  readonly long: string;
  readonly brief: string;
}

export type Mark =
  /** An agent: as long as it was at work. */
  | { readonly kind: 'lane'; readonly left: number; readonly right: number }
  /** A stage, and how much of it is done: 0–1, null where that is not known or it is over. */
  | {
      readonly kind: 'stage';
      readonly left: number;
      readonly right: number;
      readonly progress: number | null;
      readonly status: StageStatus | null;
      readonly tone: Tone;
    }
  /** A part of a stage, over its bar. */
  | {
      readonly kind: 'phase';
      readonly left: number;
      readonly right: number;
      /** Among the phases, from 0. */
      readonly place: number;
      readonly label: string;
      readonly status: StageStatus | null;
    }
  /** Calls in a closed lane: they wait, or stream so many tokens per second together. */
  | {
      readonly kind: 'band';
      readonly left: number;
      readonly right: number;
      readonly calls: number;
      /** Null while all of them wait. */
      readonly rate: number | null;
    }
  /** From the end of a stage to the start of the next. */
  | {
      readonly kind: 'transition';
      readonly left: number;
      readonly right: number;
      readonly toRow: number;
    }
  /** Request sent, nothing generated yet; or nothing more for a while. */
  | {
      readonly kind: 'wait';
      readonly left: number;
      readonly right: number;
      /** While it goes on. */
      readonly label?: string;
    }
  /** Tokens came; coloured by their rate. */
  | { readonly kind: 'tokens'; readonly left: number; readonly right: number }
  /** A call of which only the length is known. */
  | { readonly kind: 'plain'; readonly left: number; readonly right: number }
  | {
      readonly kind: 'stall';
      readonly left: number;
      readonly right: number;
      readonly label: string;
    }
  /** After the last token the connection stayed open. */
  | { readonly kind: 'tail'; readonly left: number; readonly right: number }
  /** How a call ended that did not complete. */
  | {
      readonly kind: 'ending';
      readonly left: number;
      readonly label: string;
      /** Instead of the label where that would cover the bar: a stream grows at the plot's edge. */
      readonly brief?: string;
      readonly tone: Tone;
    }
  /** A step with a length. */
  | { readonly kind: 'block'; readonly left: number; readonly right: number; readonly tone: Tone }
  /** A step without a length. */
  | { readonly kind: 'point'; readonly left: number; readonly shape: Shape; readonly tone: Tone }
  /** From a hand-off to the agent that took over. */
  | {
      readonly kind: 'connector';
      readonly left: number;
      readonly right: number;
      readonly toRow: number;
    };

export type Shape = 'circle' | 'cross' | 'diamond' | 'check';

/** Narrower ones could not be told from their neighbours. */
const narrowestStall = 3;
const narrowestBlock = 4;
const narrowestBar = 2;

/** The marks of a row, in the order of painting. `rows` is where hand-offs look for the next agent. */
export function rowMarks(row: RunRow, rows: readonly RunRow[], scale: TimeScale): Mark[] {
  const { step } = row;
  if (step.call) return callMarks(row, step.call, scale);
  const left = scale(step.startUs);
  const right = scale(row.untilUs ?? step.startUs + (step.durationUs ?? 0));
  const ending = row.untilUs === null ? [] : [openEnding(row, right)];
  if (isLane(step)) {
    const end = Math.max(right, left + narrowestBlock);
    return [
      ...laneMarks(row, left, end, scale),
      ...bandMarks(row.inside, row.untilUs, scale),
      ...ending,
    ];
  }
  const target = row.handsOffTo === null ? undefined : rows[row.handsOffTo];
  const marks: Mark[] = [];
  if (target && row.handsOffTo !== null) {
    marks.push({
      kind: 'connector',
      left,
      right: scale(Math.max(target.step.startUs, step.startUs)),
      toRow: row.handsOffTo,
    });
  }
  marks.push(stepMark(row, left, right), ...ending);
  return marks;
}

function laneMarks(row: RunRow, left: number, right: number, scale: TimeScale): Mark[] {
  if (row.step.type !== 'stage') return [{ kind: 'lane', left, right }];
  const { nextStage } = row;
  const transition: Mark[] = nextStage
    ? [{ kind: 'transition', left: right, right: scale(nextStage.startUs), toRow: nextStage.row }]
    : [];
  return [...transition, ...stageMarks(row, left, right, scale)];
}

function stepMark({ step, untilUs }: RunRow, left: number, right: number): Mark {
  const tone = toneOf(step);
  const hasLength = untilUs !== null || (step.durationUs !== null && step.durationUs > 0);
  if ((hasLength && step.type !== 'error') || step.type === 'tool_call') {
    return { kind: 'block', left, right: Math.max(right, left + narrowestBlock), tone };
  }
  return { kind: 'point', left, shape: shapeOf(step), tone };
}

function toneOf(step: Step): Tone {
  if (step.failed || step.type === 'error') return 'error';
  if (step.type === 'tool_call') return 'tool';
  if (step.type === 'memory_read' || step.type === 'memory_write') return 'memory';
  return step.type === 'final_answer' ? 'success' : 'neutral';
}

function shapeOf(step: Step): Shape {
  if (step.failed || step.type === 'error') return 'cross';
  if (step.type === 'final_answer') return 'check';
  return step.type === 'agent_handoff' || step.type === 'agent_communication'
    ? 'circle'
    : 'diamond';
}

/** Of a step that goes on, or was cut off. */
const openEnding = ({ step, isCutOff }: RunRow, right: number): Mark => ({
  ...{ kind: 'ending', left: right + 4 },
  ...(isCutOff
    ? { label: `✕ ${cutOffWords(step)}`, tone: 'warning' }
    : { label: '▍', tone: 'neutral' }),
});

function callMarks(
  { step, waitingUs: waits, untilUs }: RunRow,
  call: Call,
  scale: TimeScale,
): Mark[] {
  const at = (offsetUs: number): number => scale(step.startUs + offsetUs);
  const { ttftUs, lastTokenUs, durationUs } = call.metrics;
  // Tokens that are not kept tell nothing: all that is known is that it goes on.
  const isSilent = untilUs !== null && call.sampleRate < 1;
  const goesOnUs = isSilent ? untilUs - step.startUs : null;
  const knownEndUs = goesOnUs ?? durationUs ?? lastTokenUs ?? step.durationUs;
  const endUs = waits === null ? knownEndUs : (lastTokenUs ?? 0) + waits;
  const left = at(0);
  const ending = endingMark(call, at(endUs ?? 0));
  const marks: Mark[] = [];
  if (ttftUs !== null && lastTokenUs !== null) {
    marks.push({ kind: 'wait', left, right: at(ttftUs) });
    marks.push(...tokenMarks(call, at(ttftUs), at(lastTokenUs), at));
    if (waits !== null) marks.push(wait(at(lastTokenUs), at(lastTokenUs + waits), waits));
    else if (endUs !== null && at(endUs) - at(lastTokenUs) > narrowestBar) {
      marks.push({ kind: 'tail', left: at(lastTokenUs), right: at(endUs) });
    }
  } else if (waits !== null) {
    marks.push(wait(left, at(waits), waits));
  } else if (endUs === null) {
    marks.push({ kind: 'point', left, shape: 'diamond', tone: 'neutral' });
  } else if (call.receivedTokens === 0 && call.sampleRate > 0 && call.state !== 'completed') {
    marks.push({ kind: 'wait', left, right: at(endUs) });
  } else {
    marks.push({ kind: 'plain', left, right: Math.max(at(endUs), left + narrowestBlock) });
  }
  return ending ? [...marks, ending] : marks;
}

const wait = (left: number, right: number, waits: Microseconds): Mark => ({
  ...{ kind: 'wait', left, right },
  label: waitingWords(waits),
});

/** The stretches in which tokens came, and the stalls between them. */
function tokenMarks(
  call: Call,
  left: number,
  right: number,
  at: (offsetUs: number) => number,
): Mark[] {
  const marks: Mark[] = [];
  let from = left;
  const tokensUntil = (to: number): void => {
    marks.push({ kind: 'tokens', left: from, right: Math.max(to, from + narrowestBar) });
  };
  for (const { startUs, endUs } of call.metrics.stalls) {
    if (at(endUs) - at(startUs) < narrowestStall) continue;
    const length = formatDuration((endUs - startUs) as typeof endUs);
    tokensUntil(at(startUs));
    marks.push({ kind: 'stall', left: at(startUs), right: at(endUs), label: `stall ${length}` });
    from = at(endUs);
  }
  tokensUntil(right);
  return marks;
}

function endingMark(call: Call, end: number): Mark | null {
  const left = end + 4;
  switch (call.state) {
    case 'completed':
      return null;
    case 'failed':
      return {
        kind: 'ending',
        left,
        label: `✕ ${call.httpStatus !== null && call.httpStatus >= 400 ? call.httpStatus : (call.errorCode ?? 'failed')}`,
        tone: 'error',
      };
    case 'streaming':
      return { kind: 'ending', left, label: '▍streaming', brief: '▍', tone: 'neutral' };
    default:
      return { kind: 'ending', left, label: `✕ ${call.state}`, tone: 'warning' };
  }
}

/** The mark at `x` that a person means: the topmost within reach; null where there is none. */
export function markAt(marks: readonly Mark[], x: number, reach: number): Mark | null {
  return (
    marks.findLast((mark) => {
      if (mark.kind === 'connector') return false;
      const right = 'right' in mark ? mark.right : mark.left + (mark.kind === 'ending' ? 48 : 0);
      return x >= mark.left - reach && x <= right + reach;
    }) ?? null
  );
}
