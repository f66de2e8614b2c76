/** Rows of `steps` as steps of the model. */
import { type RunSummary, type StepKey, stepKey } from '../../model/trace.js';
import { type Microseconds, microseconds } from '../../model/units.js';
import { memberOf } from '../../store/rowValues.js';
import type { RecordedStep } from '../../store/traceReader.js';
import { callEvidence, recordedCall, toUs } from './calls.js';
import { type CallTimes, callTimes, recordedLengthMs } from './callTimes.js';
import { type JsonObject, asObject, textField } from './json.js';
import type { Notices } from './notices.js';
import type { StepRow } from './stepRows.js';
import { betweenOf, summaryOf } from './summaries.js';
import type { TokenFacts } from './tokens.js';

const noEvent: JsonObject = {};

/** The fields of the step's event; none where it could not be read. */
export function eventFields({ event }: StepRow): JsonObject {
  return event.ok ? event.fields : noEvent;
}

/** The times of a call, from all that its row and tokens tell. */
export function timesOfCall(row: StepRow, tokens: TokenFacts | null): CallTimes {
  return callTimes(callEvidence(row, eventFields(row), tokens));
}

export function stepOf(
  row: StepRow,
  run: RunSummary,
  tokens: TokenFacts | null,
  /** Null for what is no call. */
  times: CallTimes | null,
  notices: Notices,
): RecordedStep {
  if (!row.event.ok) notices.add('unreadable', row.key);
  const event = eventFields(row);
  if (times !== null) addCallNotices(row, tokens, times, notices);
  const runStartMs = run.startedAtUs / 1000;
  const startMs = (times?.startMs ?? row.timestampMs ?? runStartMs) - runStartMs;
  if (startMs < 0) notices.add('beforeRun', row.key);
  return {
    key: stepKey(row.key),
    id: row.id,
    parentKey: row.parentKey === null ? null : stepKey(row.parentKey),
    type: row.type,
    name: row.name || textField(event, 'name') || row.type.replaceAll('_', ' '),
    status: row.status,
    failed: row.failed,
    startUs: toUs(Math.max(0, startMs)),
    durationUs: durationOf(row, times),
    summary: summaryOf(row.type, event),
    between: betweenOf(row.type, event),
    call: times && recordedCall(row.status, run.status === 'running', event, tokens, times),
  };
}

function durationOf(row: StepRow, times: CallTimes | null): Microseconds | null {
  const lengthMs = times === null ? recordedLengthMs(row.durationMs) : times.lengthMs;
  return lengthMs === null ? null : microseconds(Math.round(lengthMs * 1000));
}

function addCallNotices(
  row: StepRow,
  tokens: TokenFacts | null,
  times: CallTimes,
  notices: Notices,
): void {
  const add = (kind: Parameters<Notices['add']>[0]) => notices.add(kind, row.key);
  if (tokens === null) {
    if (times.lengthMs === null && !times.requestTimeKnown) add('noLength');
    return;
  }
  if (tokens.repeated) add('repeatedTokens');
  if (tokens.received > tokens.stored) add('missingTokens');
  if (tokens.epoch === null && tokens.relative === null) add('noTokenTimes');
  else if (!times.requestTimeKnown) add('noRequestTime');
}

/**
 * run_start and run_end say what the run's own row says; they are a step only where they hold something
 * beside that.
 */
export function saysNothingOfItsOwn(row: StepRow): boolean {
  if (row.type !== 'run_start' && row.type !== 'run_end') return false;
  if (!row.event.ok || row.failed) return false;
  const { fields } = row.event;
  return ['input', 'output', 'metadata'].every((name) => isEmpty(memberOf(fields, name)));
}

function isEmpty(value: unknown): boolean {
  const object = asObject(value);
  return object === null ? value === null || value === undefined : Object.keys(object).length === 0;
}

/** Parents only where they are among the steps, and no rings: so that every step hangs below the run. */
export function withSoundParents(steps: readonly RecordedStep[]): RecordedStep[] {
  const keys = new Set(steps.map(({ key }) => key));
  const parents = new Map<StepKey, StepKey>();
  for (const { key, parentKey } of steps) {
    if (parentKey !== null && keys.has(parentKey)) parents.set(key, parentKey);
  }
  cutRings(parents);
  return steps.map((step) => ({ ...step, parentKey: parents.get(step.key) ?? null }));
}

/** Each step is walked over once, however long the chains are. */
function cutRings(parents: Map<StepKey, StepKey>): void {
  const sound = new Set<StepKey>();
  for (const start of parents.keys()) {
    const walked = new Set<StepKey>();
    let current: StepKey | undefined = start;
    while (current !== undefined && !sound.has(current)) {
      walked.add(current);
      const parent = parents.get(current);
      if (parent !== undefined && walked.has(parent)) parents.delete(current);
      current = parents.get(current);
    }
    for (const step of walked) sound.add(step);
  }
}
