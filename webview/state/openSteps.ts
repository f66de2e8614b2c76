/** Steps of which nobody has said how long they were: they go on, or were cut off. */
import type { RunDetail, Step, StepKey } from '../../src/model/trace.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';

/** Whether its end may still come: in a run that is over, only that of a call that streams. */
export const goesOn = ({ call, status, durationUs }: Step, { run }: RunDetail): boolean =>
  call
    ? call.state === 'streaming'
    : status === 'running' && durationUs === null && run.endedAtUs === null;

/** Its length grows with the time alone: of a call whose tokens all come, they tell it. */
export const growsByItself = (step: Step, run: RunDetail): boolean =>
  goesOn(step, run) && (step.call === null || step.call.sampleRate < 1);

/** No call, whose end never came. */
export const isCutOff = (step: Step, run: RunDetail): boolean =>
  step.call === null &&
  step.durationUs === null &&
  ['running', 'interrupted'].includes(step.status ?? '') &&
  !goesOn(step, run);

/**
 * Until when steps without an end are known to have gone on, µs since the run's start: until now or the end of the
 * run, where that is known, and as long as what happened within them.
 */
export function knownEnds(
  run: RunDetail,
  nowUs: Microseconds | null,
): ReadonlyMap<StepKey, Microseconds> {
  const known = new Map<StepKey, Microseconds>();
  const hasNoEnd = (step: Step): boolean => goesOn(step, run) || isCutOff(step, run);
  if (!run.steps.some(hasNoEnd)) return known;
  const runEndUs = (run.run.endedAtUs ?? run.run.startedAtUs) - run.run.startedAtUs;
  const ownEnd = (step: Step): number => {
    const { startUs, durationUs, call } = step;
    const end = startUs + (durationUs ?? call?.metrics.lastTokenUs ?? 0);
    if (!hasNoEnd(step)) return end;
    return Math.max(end, goesOn(step, run) ? (nowUs ?? 0) : runEndUs);
  };
  const ends = new Map<StepKey, number>();
  // Children stand behind their parents.
  for (const step of run.steps.toReversed()) {
    const { key, parentKey } = step;
    const end = Math.max(ownEnd(step), ends.get(key) ?? 0);
    if (hasNoEnd(step)) known.set(key, microseconds(end));
    if (parentKey !== null) ends.set(parentKey, Math.max(end, ends.get(parentKey) ?? 0));
  }
  return known;
}
