/**
 * Rows by the ids that events name them by. Events of several senders come in any order: what is named before
 * it has started is made, in the run {@link unknownRunId}, and moves to its run when its start comes.
 */
import { type RunKey, type StepKey, runKey, stepKey } from '../../model/trace.js';
import { type EpochMicroseconds, epochMicroseconds } from '../../model/units.js';
import type { Database } from '../database.js';
import type { TraceWriter } from '../native/traceWriter.js';
import type { ChangesInMaking } from '../traceChanges.js';

export const unknownRunId = 'llm-stream:unknown-run';

/** The start of a step of which nothing but its id is known. */
export const notKnownUs = 0;

export interface FoundStep {
  readonly key: StepKey;
  readonly run: RunKey;
  readonly isCall: boolean;
}

/** As many as are in use at once, and more; what is not here is asked for. */
const mostKnownCalls = 10_000;

export class TraceIds {
  private readonly database: Database;
  private readonly calls = new Map<string, StepKey>();

  constructor(
    private readonly writer: TraceWriter,
    private readonly changes: () => ChangesInMaking,
  ) {
    this.database = writer.database;
  }

  findRun(id: string): RunKey | null {
    const row = this.database.get('SELECT run_key FROM runs WHERE run_id = ?', [id]);
    return row ? runKey(Number(row['run_key'])) : null;
  }

  /** The run of this id; one that is not known begins now, by the name of its id. */
  runOf(id: string, startedAtUs: EpochMicroseconds): RunKey {
    const known = this.findRun(id);
    if (known !== null) return known;
    const name = id === unknownRunId ? 'Unknown run' : id;
    const key = this.writer.addRun({ id, name, startedAtUs });
    this.changes().runs.add(key);
    return key;
  }

  findStep(id: string): FoundStep | null {
    const row = this.database.get(
      `SELECT step_key, run_key, EXISTS (SELECT 1 FROM llm_calls WHERE call_key = step_key) AS is_call
       FROM steps WHERE step_id = ?`,
      [id],
    );
    if (!row) return null;
    return {
      key: stepKey(Number(row['step_key'])),
      run: runKey(Number(row['run_key'])),
      isCall: row['is_call'] === 1,
    };
  }

  /** Whether the step was named before it started. */
  isWaiting(step: FoundStep): boolean {
    return step.run === this.findRun(unknownRunId);
  }

  /** The call of this id, made when it is not known; null when the id is that of another step. */
  callOf(id: string): StepKey | null {
    const known = this.calls.get(id);
    if (known !== undefined) return known;
    const found = this.findStep(id);
    if (found && !found.isCall && !this.isWaiting(found)) return null;
    const key = found?.key ?? this.addWaiting(id);
    if (!found?.isCall) this.makeCall(key);
    if (this.calls.size >= mostKnownCalls) this.calls.clear();
    this.calls.set(id, key);
    return key;
  }

  stepOf(id: string): StepKey {
    return this.findStep(id)?.key ?? this.addWaiting(id);
  }

  private addWaiting(id: string): StepKey {
    const run = this.runOf(unknownRunId, this.latestStart());
    const key = stepKey(
      this.database.insert('steps', 'step_key', {
        ...{ step_id: id, run_key: run, type: 'custom', started_at_us: notKnownUs },
      }),
    );
    this.changes().steps.add(key);
    this.changes().placed.add(key);
    this.changes().runs.add(run);
    return key;
  }

  private makeCall(key: StepKey): void {
    this.database.update('steps', 'step_key', key, { type: 'llm_call', status: 'running' });
    this.database.insert('llm_calls', 'call_key', { call_key: key, state: 'streaming' });
    this.changes().steps.add(key);
  }

  /** Better than none for a run whose own start is not known. */
  private latestStart(): EpochMicroseconds {
    const row = this.database.get(
      'SELECT max((SELECT coalesce(max(started_at_us), 0) FROM runs), (SELECT coalesce(max(started_at_us), 0) FROM steps)) AS latest',
    );
    return epochMicroseconds(Number(row?.['latest'] ?? 0));
  }
}
