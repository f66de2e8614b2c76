/** What the run timeline says and shows of stages: phases, progress, and which stage came next. */
import { formatCount, formatDuration, formatProgress } from '../../src/model/formatting.js';
import type { Step, StepKey } from '../../src/model/trace.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';
import { readableText } from '../shell/visibleText.js';
import type { TimeScale } from './axis.js';
import type { Mark, StageStatus } from './runLayout.js';
import type { RunRow } from './runRows.js';

/** The next of the stages that are in the same one, or in none. */
export interface NextStage {
  readonly row: number;
  readonly name: string;
  readonly startUs: Microseconds;
  /** Since the end of the one before. */
  readonly gapUs: Microseconds;
}

/** More cannot be listened to; the table of the phases has all. */
const mostPhasesSaid = 12;
const longestWords = 200;

const shortened = (text: string): string =>
  readableText(text.length > longestWords ? `${text.slice(0, longestWords)}…` : text);

/** "62 %"; null where the stage said nothing of it. */
export const progressWords = ({ stage }: Step): string | null =>
  stage?.progress == null ? null : formatProgress(stage.progress);

export const messageWords = ({ stage }: Step): string | null =>
  stage?.message ? shortened(stage.message) : null;

/** Of a stage that goes on: how far it is, and what it is at. */
function statusOf(row: RunRow): StageStatus | null {
  if (row.untilUs === null || row.isCutOff) return null;
  const brief = progressWords(row.step) ?? '';
  const long = [brief, messageWords(row.step)].filter(Boolean).join(' · ');
  return long === '' ? null : { long, brief };
}

/** The bar and its phases; their names not where the bar shows what is in it. */
export function stageMarks(row: RunRow, left: number, right: number, scale: TimeScale): Mark[] {
  const { step, untilUs, isCutOff } = row;
  const phases = step.stage?.phases ?? [];
  const hasProgress = untilUs !== null && step.stage?.progress != null;
  const status = row.isOpen === false ? null : statusOf(row);
  const bar: Mark = {
    kind: 'stage',
    ...{ left, right, progress: hasProgress ? (step.stage?.progress ?? null) : null },
    status: phases.length === 0 ? status : null,
    tone: step.failed ? 'error' : isCutOff ? 'warning' : 'neutral',
  };
  const segments = phases.map(({ name, offsetUs }, at): Mark => {
    const next = phases[at + 1];
    const from = scale(step.startUs + offsetUs);
    return {
      kind: 'phase',
      left: Math.min(from, right),
      right: next ? Math.min(scale(step.startUs + next.offsetUs), right) : right,
      place: at,
      label: row.isOpen === false ? '' : shortened(name),
      status: next ? null : status,
    };
  });
  return [bar, ...segments];
}

/** "phase summary, from 1.20 s, 800 ms long" */
export function phaseText({ step, untilUs, isCutOff }: RunRow, place: number): string {
  const phases = step.stage?.phases ?? [];
  const phase = phases[place];
  if (!phase) return '';
  const endUs = phases[place + 1]?.offsetUs ?? lengthOf(step, untilUs);
  const length =
    endUs === null ? '' : `, ${formatDuration(microseconds(Math.max(0, endUs - phase.offsetUs)))}`;
  const isOpen = untilUs !== null && place === phases.length - 1;
  const goesOn = isOpen ? (isCutOff ? ' or longer' : ' until now') : '';
  return `phase ${shortened(phase.name)}: from ${formatDuration(phase.offsetUs)} of the stage${length}${goesOn}`;
}

const lengthOf = (step: Step, untilUs: Microseconds | null): number | null =>
  untilUs === null ? step.durationUs : untilUs - step.startUs;

/**
 * For screen readers, who cannot see the bar. It holds no time that goes on: a name that changes all the time would
 * be read out all the time.
 */
export function stageWords(step: Step, isRunning: boolean, next: NextStage | null): string {
  const phases = step.stage?.phases ?? [];
  const said = phases
    .slice(0, mostPhasesSaid)
    .map(({ name, offsetUs }) =>
      offsetUs > 0 ? `${shortened(name)} from ${formatDuration(offsetUs)}` : shortened(name),
    );
  const left = phases.length - said.length;
  if (left > 0) said.push(`and ${formatCount(left)} more`);
  return [
    ...(said.length > 0 ? [`phases: ${said.join(', ')}`] : []),
    ...(isRunning ? [messageWords(step)] : []),
    ...(next ? [nextWords(next)] : []),
  ]
    .filter(Boolean)
    .join('; ');
}

export const nextWords = ({ name, gapUs }: NextStage): string =>
  gapUs > 0 ? `then ${name} ${formatDuration(gapUs)} later` : `then ${name}`;

/**
 * By the stages before. The one before is, of the stages that had ended when another began, the one that ended last:
 * of two at the same time, the next stage had to wait for the longer one.
 */
export function nextStages(
  rows: readonly Pick<RunRow, 'step' | 'name'>[],
  ends: ReadonlyMap<StepKey, Microseconds>,
): ReadonlyMap<StepKey, NextStage> {
  const next = new Map<StepKey, NextStage>();
  const before = new Map<StepKey | null, EndedStages>();
  rows.forEach(({ step, name }, row) => {
    if (step.type !== 'stage') return;
    const { key, parentKey, startUs, durationUs } = step;
    const siblings = before.get(parentKey) ?? new EndedStages();
    before.set(parentKey, siblings);
    const earlier = siblings.lastUntil(startUs);
    if (earlier && !next.has(earlier.key)) {
      next.set(earlier.key, { row, name, startUs, gapUs: microseconds(startUs - earlier.endUs) });
    }
    if (!ends.has(key) && durationUs !== null) siblings.add({ key, endUs: startUs + durationUs });
  });
  return next;
}

interface EndedStage {
  readonly key: StepKey;
  readonly endUs: number;
}

/** Asked for later and later times: each stage is looked at once. */
class EndedStages {
  private last: EndedStage | null = null;
  private later: EndedStage[] = [];

  add(stage: EndedStage): void {
    this.later.push(stage);
  }

  /** The one that ended last, at this time or before. */
  lastUntil(atUs: number): EndedStage | null {
    this.later = this.later.filter((stage) => {
      if (stage.endUs > atUs) return true;
      if (stage.endUs >= (this.last?.endUs ?? -Infinity)) this.last = stage;
      return false;
    });
    return this.last;
  }
}
