/** Steps of which nobody has said how long they were: they go on, or were cut off. */
import type { Step, StepKey } from '../../src/model/trace.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';

export const isOpen = ({ call, status, durationUs }: Step): boolean =>
  call ? call.state === 'streaming' : status === 'running' && durationUs === null;

const isCutOff = ({ call, status, durationUs }: Step): boolean =>
  call === null && status === 'interrupted' && durationUs === null;

/** Those whose length grows with the time alone: of a call whose tokens all come, they tell it. */
export const growsByItself = (step: Step): boolean =>
  isOpen(step) && (step.call === null || step.call.sampleRate < 1);

/**
 * Until when they are known to have gone on, µs since the run's start: until now, where it is known, and as long as
 * what happened within them. `steps` are in the order of display, so that children stand behind their parents.
 */
export function knownEnds(
  steps: readonly Step[],
  nowUs: Microseconds | null,
): ReadonlyMap<StepKey, Microseconds> {
  const known = new Map<StepKey, Microseconds>();
  if (!steps.some((step) => isOpen(step) || isCutOff(step))) return known;
  const ends = new Map<StepKey, number>();
  for (const step of steps.toReversed()) {
    const { key, parentKey } = step;
    const end = Math.max(ownEnd(step, nowUs), ends.get(key) ?? 0);
    if (isOpen(step) || isCutOff(step)) known.set(key, microseconds(end));
    if (parentKey !== null) ends.set(parentKey, Math.max(end, ends.get(parentKey) ?? 0));
  }
  return known;
}

function ownEnd(step: Step, nowUs: Microseconds | null): number {
  const { startUs, durationUs, call } = step;
  const end = startUs + (durationUs ?? call?.metrics.lastTokenUs ?? 0);
  return isOpen(step) ? Math.max(end, nowUs ?? 0) : end;
}
