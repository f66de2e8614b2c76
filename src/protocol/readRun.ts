/**
 * Reads a run that grows: of a capture with many calls, each change touches only some of them, and all of them
 * ten times a second would keep every process busy.
 */
import type { RunDetail, RunKey } from '../model/trace.js';
import type { RunChanges, TraceRequests } from './storeMessages.js';

type Ask = <M extends 'run' | 'runChanges'>(
  method: M,
  params: TraceRequests[M]['params'],
) => Promise<TraceRequests[M]['result']>;

/** The run in its newest state; `held` is what the asker has of it. Steps that did not change stay the same objects. */
export async function readRun(ask: Ask, run: RunKey, held: RunDetail | null): Promise<RunDetail> {
  if (held?.run.key !== run) return ask('run', { run });
  const changes = await ask('runChanges', { run, since: held.generation });
  return changes ? mergeRun(held, changes) : ask('run', { run });
}

export function mergeRun(held: RunDetail, changes: RunChanges): RunDetail {
  const { changed, order, ...rest } = changes;
  const byKey = new Map(changed.map((step) => [step.key, step]));
  if (!order) {
    return { ...rest, steps: held.steps.map((step) => byKey.get(step.key) ?? step) };
  }
  const before = new Map(held.steps.map((step) => [step.key, step]));
  return { ...rest, steps: order.flatMap((key) => byKey.get(key) ?? before.get(key) ?? []) };
}
