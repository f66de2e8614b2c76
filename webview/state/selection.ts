/** Questions about what is selected that several parts of the page ask. */
import { firstAbove } from '../../src/model/search.js';
import type { RunSummary, Step, StepKey } from '../../src/model/trace.js';
import type { TokenColumns } from '../../src/model/tokens.js';
import type { Microseconds } from '../../src/model/units.js';
import type { PageModel } from './pageModel.js';

export function selectedStep(model: Pick<PageModel, 'run' | 'stepKey'>): Step | null {
  if (model.stepKey === null) return null;
  return model.run?.steps.find((step) => step.key === model.stepKey) ?? null;
}

/** The newest run that holds a call: one that has only just begun, or broke at once, shows nothing. */
export function firstRunToShow(runs: readonly RunSummary[]): RunSummary | undefined {
  return runs.find(({ callCount }) => callCount > 0) ?? runs[0];
}

/** The call that began last among those that stream; null when none does. */
export function newestStreaming(steps: readonly Step[]): Step | null {
  const streaming = steps.filter(({ call }) => call?.state === 'streaming');
  return streaming.toSorted((one, other) => one.startUs - other.startUs).at(-1) ?? null;
}

/** What a person most likely wants to see first: a call that streams, one with tokens, any call, any step. */
export function firstStepToShow(steps: readonly Step[]): StepKey | null {
  const first =
    newestStreaming(steps) ??
    steps.find((step) => (step.call?.storedTokens ?? 0) > 0) ??
    steps.find((step) => step.call) ??
    steps[0];
  return first?.key ?? null;
}

/** Position of the last token that had come at `timeUs` after the request; −1 before the first. */
export function positionAtTime({ offsetUs, count }: TokenColumns, timeUs: Microseconds): number {
  return firstAbove(offsetUs, timeUs, 0, count) - 1;
}
