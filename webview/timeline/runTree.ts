/** Which lanes are closed: what is in them has no rows, and the lane's own row shows it in short. */
import type { Step, StepKey, StepType } from '../../src/model/trace.js';

const laneTypes: ReadonlySet<StepType> = new Set(['agent', 'stage']);

/** Steps within which others happen. */
export const isLane = (step: Step): boolean => laneTypes.has(step.type);

export interface Lane {
  readonly isOpen: boolean;
  /** All that is in a closed lane, however deep; empty for an open one. */
  readonly inside: readonly Step[];
}

export interface RunTree {
  /** Steps that are in no closed lane. */
  readonly shown: readonly Step[];
  /** Those of the shown steps that can be closed and opened. */
  readonly lanes: ReadonlyMap<StepKey, Lane>;
}

/** @param steps in the order of display: depth first below each parent */
export function runTree(steps: readonly Step[], collapsed: ReadonlySet<string>): RunTree {
  const shown: Step[] = [];
  const lanes = new Map<StepKey, Lane>();
  let closed: { readonly depth: number; readonly inside: Step[] } | null = null;
  for (const [at, step] of steps.entries()) {
    if (closed && step.depth > closed.depth) {
      closed.inside.push(step);
      continue;
    }
    closed = null;
    shown.push(step);
    const hasChildren = (steps[at + 1]?.depth ?? 0) > step.depth;
    if (!isLane(step) || !hasChildren) continue;
    const inside: Step[] = [];
    const isOpen = !collapsed.has(step.id);
    lanes.set(step.key, { isOpen, inside });
    if (!isOpen) closed = { depth: step.depth, inside };
  }
  return { shown, lanes };
}

/** The steps that a step is in, the nearest first. */
export function lanesAround(steps: readonly Step[], key: StepKey): Step[] {
  const byKey = new Map(steps.map((step) => [step.key, step]));
  const around: Step[] = [];
  let parent = byKey.get(key)?.parentKey ?? null;
  while (parent !== null) {
    const step = byKey.get(parent);
    if (!step || around.includes(step)) break;
    around.push(step);
    parent = step.parentKey;
  }
  return around;
}
