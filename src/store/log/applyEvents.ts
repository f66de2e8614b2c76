/**
 * A capture's events into a trace. Applying an event again changes nothing, and whatever is in the trace stays:
 * a log that was folded, wholly or in part, is simply applied again.
 */
import type { RunKey, StepKey } from '../../model/trace.js';
import { epochMicroseconds } from '../../model/units.js';
import { shapeColumns } from '../native/shapeColumns.js';
import { receivedFiguresName } from '../native/storedFigures.js';
import type { TraceWriter } from '../native/traceWriter.js';
import { jsonText } from '../rowValues.js';
import { ChangesInMaking, type TraceChanges } from '../traceChanges.js';
import { mergeData } from './callData.js';
import { LoggedTokens } from './loggedTokens.js';
import {
  addProgress,
  type ProgressOfStep,
  storeDataOfEnd,
  storeDataOfStart,
  storeProgress,
} from './stepData.js';
import type {
  CallDescribed,
  CallEnded,
  CallStarted,
  RunEnded,
  RunStarted,
  StepEnded,
  StepProgressed,
  StepStarted,
  TokensCame,
  TraceEvent,
} from './traceEvent.js';
import { type FoundStep, TraceIds, notKnownUs, unknownRunId } from './traceIds.js';

export interface AppliedEvents {
  /** Events that could not be applied: a token's text without the token, a call's event for a tool. */
  readonly skipped: number;
  /** Tokens that were not in the trace before. */
  readonly tokens: number;
  /** Calls that were not in the trace before, got tokens or ended. */
  readonly calls: number;
  readonly changes: TraceChanges;
}

/** All of the events or, when the trace turns out to be damaged, none of them. */
export function applyEvents(writer: TraceWriter, events: Iterable<TraceEvent>): AppliedEvents {
  return new EventApplier(writer).apply(events);
}

/** For one log after the other into the same image: remembers which call is which. */
export class EventApplier {
  /** Of all events until now, those that could not be applied. */
  skipped = 0;
  private changes = new ChangesInMaking();
  private tokens = 0;
  private calls = new Set<StepKey>();
  /** Ended calls that got tokens afterwards. */
  private late = new Set<StepKey>();
  /** What is not in the data of its step yet, by the step's id: a stage may say it a thousand times. */
  private readonly progress = new Map<string, ProgressOfStep>();
  private readonly isLate = (call: StepKey): void => void this.late.add(call);
  private readonly ids: TraceIds;
  private readonly loggedTokens: LoggedTokens;

  constructor(private readonly writer: TraceWriter) {
    const changes = (): ChangesInMaking => this.changes;
    this.ids = new TraceIds(writer, changes);
    this.loggedTokens = new LoggedTokens(writer.database, changes);
  }

  apply(events: Iterable<TraceEvent>): AppliedEvents {
    this.changes = new ChangesInMaking();
    this.tokens = 0;
    this.calls = new Set();
    this.late = new Set();
    this.progress.clear();
    let skipped = 0;
    this.writer.database.transaction(() => {
      for (const event of events) if (!this.applyEvent(event)) skipped++;
      for (const id of [...this.progress.keys()]) this.storeProgress(id);
      this.loggedTokens.storeCounts();
      for (const call of this.late) this.writer.storeFigures(call);
    });
    this.skipped += skipped;
    return { skipped, tokens: this.tokens, calls: this.calls.size, changes: this.changes };
  }

  /** False when it was skipped. */
  private applyEvent(event: TraceEvent): boolean {
    if (event.type === 'step-progressed') return this.stepProgressed(event);
    const id = 'stepId' in event ? event.stepId : 'callId' in event ? event.callId : null;
    if (id !== null) this.storeProgress(id);
    switch (event.type) {
      case 'run-started':
        return this.runStarted(event);
      case 'run-ended':
        return this.runEnded(event);
      case 'step-started':
        return this.stepStarted(event);
      case 'step-ended':
        return this.stepEnded(event);
      case 'call-started':
        return this.callStarted(event);
      case 'token-text': {
        const found = this.ids.findStep(event.callId);
        return found !== null && this.loggedTokens.setText(found.key, event, this.isLate);
      }
      default: {
        const call = this.ids.callOf(event.callId);
        return call !== null && this.applyToCall(call, event);
      }
    }
  }

  private applyToCall(call: StepKey, event: TokensCame | CallDescribed | CallEnded): boolean {
    switch (event.type) {
      case 'tokens': {
        const added = this.loggedTokens.add(call, event, this.isLate);
        this.tokens += added;
        if (added > 0) this.calls.add(call);
        return true;
      }
      case 'call-described':
        return this.callDescribed(call, event);
      case 'call-ended':
        return this.callEnded(call, event);
    }
  }

  private runStarted(event: RunStarted): boolean {
    const startedAtUs = epochMicroseconds(Math.round(event.atUs));
    const run = this.ids.runOf(event.runId, startedAtUs);
    this.changes.runs.add(run);
    // An event of the run may have come first.
    this.writer.database.run(
      'UPDATE runs SET started_at_us = min(started_at_us, ?) WHERE run_key = ?',
      [startedAtUs, run],
    );
    this.writer.database.update('runs', 'run_key', run, {
      name: event.name,
      agent_type: event.agentType,
      session_id: event.sessionId,
      user_id: event.userId,
      metadata: event.metadata === undefined ? undefined : jsonText(event.metadata),
    });
    return true;
  }

  private runEnded({ runId, status, atUs: endedAtUs }: RunEnded): boolean {
    const run = this.ids.runOf(runId, endedAtUs);
    this.writer.endRun(run, { status, endedAtUs });
    this.changes.runs.add(run);
    return true;
  }

  private stepStarted(event: StepStarted): boolean {
    const { stepId: id, stepType: type, name, atUs: startedAtUs, status, durationUs, data } = event;
    const { run, parent } = this.placeOf(id, event);
    const found = this.ids.findStep(id);
    if (!found) {
      const step = { id, run, parent, type, name, startedAtUs, data };
      const end = {
        ...(status === undefined ? {} : { status }),
        ...(durationUs === undefined ? {} : { durationUs }),
      };
      this.placed(this.writer.addStep({ ...step, ...end }), run);
      return true;
    }
    if (found.isCall || !this.ids.isWaiting(found)) return !found.isCall;
    // It has ended before: how it ended is known, and what it was not.
    this.move(found, run, parent, event);
    this.writer.database.fill('steps', 'step_key', found.key, {
      status: status ?? null,
      duration_us: durationUs === undefined ? null : Math.round(durationUs),
    });
    storeDataOfStart(this.writer.database, found.key, data);
    this.writer.database.update('steps', 'step_key', found.key, { type });
    return true;
  }

  private stepProgressed(event: StepProgressed): boolean {
    const known = this.progress.get(event.stepId);
    if (!known && this.ids.findStep(event.stepId)?.isCall) return false;
    const progress = known ?? { phases: [] };
    if (!known) {
      this.stepChanged(this.ids.stepOf(event.stepId));
      this.progress.set(event.stepId, progress);
    }
    addProgress(progress, event);
    return true;
  }

  private storeProgress(stepId: string): void {
    const progress = this.progress.get(stepId);
    if (!progress) return;
    this.progress.delete(stepId);
    storeProgress(this.writer.database, this.ids.stepOf(stepId), progress);
  }

  private stepEnded({ stepId, status, durationUs, data }: StepEnded): boolean {
    const key = this.ids.stepOf(stepId);
    if (this.ids.findStep(stepId)?.isCall) return false;
    this.writer.endStep(key, { status, durationUs });
    storeDataOfEnd(this.writer.database, key, data);
    this.stepChanged(key);
    return true;
  }

  private callStarted(event: CallStarted): boolean {
    const { callId: id, atUs: startedAtUs, ...call } = event;
    const { run, parent } = this.placeOf(id, event);
    const found = this.ids.findStep(id);
    if (!found) {
      const key = this.writer.startCall({ ...call, id, run, parent, startedAtUs });
      this.calls.add(key);
      this.placed(key, run);
      return true;
    }
    if (!this.ids.isWaiting(found)) return found.isCall;
    const key = this.ids.callOf(id) ?? found.key;
    this.move(found, run, parent, event);
    // What was said of it before is newer than its start.
    this.writer.database.fill('llm_calls', 'call_key', key, {
      provider: event.provider ?? null,
      wire_format: event.wireFormat ?? null,
      model: event.model ?? null,
      streaming: event.streaming ? 1 : 0,
      request: event.request ?? null,
      clock_source: event.clockSource,
    });
    this.writer.database.update('llm_calls', 'call_key', key, { sample_rate: event.sampleRate });
    mergeData(this.writer.database, key, event.data, 'under');
    this.calls.add(key);
    if (this.loggedTokens.hasEnded(key)) this.late.add(key);
    return true;
  }

  private callDescribed(call: StepKey, event: CallDescribed): boolean {
    const { database } = this.writer;
    database.update('steps', 'step_key', call, {
      name: event.name,
      started_at_us: event.atUs === undefined ? undefined : Math.round(event.atUs),
    });
    database.update('llm_calls', 'call_key', call, {
      streaming: event.streaming === undefined ? undefined : event.streaming ? 1 : 0,
      provider: event.provider,
      wire_format: event.wireFormat,
      model: event.model,
      request: event.request,
      http_status: event.httpStatus,
      ttfc_us: event.ttfcUs === undefined ? undefined : Math.round(event.ttfcUs),
    });
    mergeData(this.writer.database, call, event.data, 'over');
    // Its start is its place in the order.
    if (event.atUs !== undefined) this.changes.placed.add(call);
    this.stepChanged(call);
    return true;
  }

  private callEnded(call: StepKey, event: CallEnded): boolean {
    const receivedTokens = Math.max(event.receivedTokens ?? 0, this.loggedTokens.received(call));
    const { data, statistics, shape, ...end } = event;
    const { database } = this.writer;
    mergeData(database, call, data, 'over');
    // Where it stays, for when tokens come late: its columns hold what is computed from them.
    if (statistics) mergeData(database, call, { [receivedFiguresName]: statistics }, 'over');
    if (shape) database.update('llm_calls', 'call_key', call, shapeColumns(shape));
    this.writer.endCall(call, { ...end, receivedTokens });
    this.loggedTokens.forget(call);
    this.late.delete(call);
    this.calls.add(call);
    this.stepChanged(call);
    return true;
  }

  private placeOf(
    id: string,
    { runId, parentId, atUs }: StepStarted | CallStarted,
  ): { run: RunKey; parent: StepKey | null } {
    const run = this.ids.runOf(runId, atUs);
    const hasParent = parentId !== undefined && parentId !== id;
    return { run, parent: hasParent ? this.ids.stepOf(parentId) : null };
  }

  /** Gives a step that was waiting its place; the run in which it waited goes with the last one. */
  private move(
    { key, run: before }: FoundStep,
    run: RunKey,
    parent: StepKey | null,
    { name, atUs }: StepStarted | CallStarted,
  ): void {
    const { database } = this.writer;
    database.update('steps', 'step_key', key, { run_key: run, parent_step_key: parent });
    database.fill('steps', 'step_key', key, { name });
    database.run('UPDATE steps SET started_at_us = ? WHERE step_key = ? AND started_at_us = ?', [
      Math.round(atUs),
      key,
      notKnownUs,
    ]);
    this.placed(key, run);
    this.changes.runs.add(before);
    this.changes.recounted.add(run).add(before);
    database.run(
      'DELETE FROM runs WHERE run_id = ? AND NOT EXISTS (SELECT 1 FROM steps WHERE steps.run_key = runs.run_key)',
      [unknownRunId],
    );
  }

  private placed(key: StepKey, run: RunKey): void {
    this.changes.placed.add(key);
    this.changes.steps.add(key);
    this.changes.runs.add(run);
  }

  private stepChanged(key: StepKey): void {
    this.changes.steps.add(key);
  }
}
