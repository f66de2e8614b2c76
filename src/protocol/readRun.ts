/**
 * Reads a run: its steps in slices, because thousands of them in one message keep the extension host from its other
 * work; and of one that grows only what changed, because all of it ten times a second would keep every process busy.
 */
import type { RunDetail, RunKey } from '../model/trace.js';
import type { RunChanges, RunSlice, TraceRequests } from './storeMessages.js';

type Ask = <M extends 'run' | 'runChanges'>(
  method: M,
  params: TraceRequests[M]['params'],
) => Promise<TraceRequests[M]['result']>;

/** About 250 kB. */
export const stepsInSlice = 256;

/** Readings that a change of the file may spoil before all is asked for in one message. */
const attempts = 3;

/** The run in its newest state; `held` is what the asker has of it. Steps that did not change stay the same objects. */
export async function readRun(ask: Ask, run: RunKey, held: RunDetail | null): Promise<RunDetail> {
  if (held?.run.key !== run) return readWhole(ask, run);
  const changes = await ask('runChanges', { run, since: held.generation });
  return changes ? mergeRun(held, changes) : readWhole(ask, run);
}

async function readWhole(ask: Ask, run: RunKey): Promise<RunDetail> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const whole = await readSlices(ask, run);
    if (whole) return whole;
  }
  return detailOf(await ask('run', { run }));
}

/** Null when the trace has changed in between: the slices do not belong together. */
async function readSlices(ask: Ask, run: RunKey): Promise<RunDetail | null> {
  const first = await ask('run', { run, from: 0, count: stepsInSlice });
  const total = first.totalSteps ?? first.steps.length;
  const slices = [first.steps];
  for (let from = first.steps.length; from < total; from += stepsInSlice) {
    const slice = await ask('run', { run, from, count: stepsInSlice });
    if (slice.generation !== first.generation) return null;
    slices.push(slice.steps);
  }
  return detailOf(first, slices.flat());
}

function detailOf(slice: RunSlice, steps = slice.steps): RunDetail {
  const { generation, run, metadata, lengthUs, notices } = slice;
  return { generation, run, metadata, lengthUs, notices, steps };
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
