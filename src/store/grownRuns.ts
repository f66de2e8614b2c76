/** The runs of a trace after it has grown. */
import type { RunKey, RunSummary } from '../model/trace.js';
import type { TraceChanges } from './traceChanges.js';
import type { GrowingReader } from './traceReader.js';

export interface GrownRuns {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  /** Those that begin at another time now. */
  readonly restarted: readonly RunKey[];
}

export function grownRuns(
  before: readonly RunSummary[],
  changes: TraceChanges,
  reader: GrowingReader,
): GrownRuns {
  const runs = new Map(before.map((run) => [run.key, run]));
  const restarted: RunKey[] = [];
  for (const key of changedRuns(changes, reader)) {
    const old = runs.get(key);
    const now = reader.run(key);
    if (now === null) runs.delete(key);
    else runs.set(key, { ...now, tokenCount: old?.tokenCount ?? 0 });
    if (now && old && old.startedAtUs !== now.startedAtUs) restarted.push(key);
  }
  for (const [key, count] of tokenCounts(runs, changes, reader)) {
    const run = runs.get(key);
    if (run) runs.set(key, { ...run, tokenCount: count });
  }
  const newestFirst = [...runs.values()].sort(
    (one, other) => other.startedAtUs - one.startedAtUs || other.key - one.key,
  );
  return { runs: newestFirst, restarted };
}

/** Those whose row, or one of whose steps, is different. */
function changedRuns({ runs, steps }: TraceChanges, reader: GrowingReader): Set<RunKey> {
  const keys = new Set(runs);
  for (const step of steps) {
    const run = reader.runOf(step);
    if (run !== null) keys.add(run);
  }
  return keys;
}

function tokenCounts(
  runs: ReadonlyMap<RunKey, RunSummary>,
  { grown, recounted }: TraceChanges,
  reader: GrowingReader,
): Map<RunKey, number> {
  const counts = new Map<RunKey, number>();
  for (const [call, added] of grown) {
    const run = reader.runOf(call);
    if (run === null) continue;
    counts.set(run, (counts.get(run) ?? runs.get(run)?.tokenCount ?? 0) + added);
  }
  for (const run of recounted) counts.set(run, reader.countTokens(run));
  return counts;
}
