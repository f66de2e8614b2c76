/**
 * The `data` of a step out of its start, its end and what it said of its progress in between. That is kept in
 * three fields of it, which an end with other data does not take away: `progress`, which is null until it is
 * known, `message`, and `phases`.
 */
import { mostPhases, type StepKey } from '../../model/trace.js';
import type { Database } from '../database.js';
import { jsonOf, jsonText, memberOf } from '../rowValues.js';
import { namedValues } from './callData.js';
import type { StepProgressed } from './traceEvent.js';

/** As it is in the data. */
export interface StoredPhase {
  readonly name: string;
  /** Wall clock, µs. */
  readonly at_us: number;
}

/** What came of one step, put together. */
export interface ProgressOfStep {
  progress?: number;
  message?: string;
  phases: readonly StoredPhase[];
}

/** The fields of progress, null where a step never said any, and whatever else there is. */
interface PartsOfData {
  readonly told: Readonly<Record<string, unknown>> | null;
  readonly rest: unknown;
}

export function addProgress(to: ProgressOfStep, event: StepProgressed): void {
  const { progress, message, phase, atUs } = event;
  if (progress !== undefined) to.progress = progress;
  if (message !== undefined) to.message = message;
  if (phase === undefined) return;
  to.phases = newestPhases(to.phases, [{ name: phase, at_us: Math.round(atUs) }]);
}

export function storeProgress(
  database: Database,
  step: StepKey,
  { progress, message, phases }: ProgressOfStep,
): void {
  const before = namedValues(dataOf(database, step) ?? {});
  const known = memberOf(before, 'progress');
  const told: Record<string, unknown> = {
    progress: progress ?? (isProgress(known) ? known : null),
    message: message ?? memberOf(before, 'message'),
    phases:
      phases.length === 0
        ? memberOf(before, 'phases')
        : newestPhases(phasesOf(memberOf(before, 'phases')), phases),
  };
  store(database, step, { told, rest: partsOf({ ...before, progress: null }).rest });
}

/** An end without data, or with nothing but progress, leaves what the step started with. */
export function storeDataOfEnd(database: Database, step: StepKey, data: unknown): void {
  if (data === undefined) return;
  const before = partsOf(dataOf(database, step));
  const now = before.told ? partsOfTold(namedValues(data)) : partsOf(data);
  const told = before.told || now.told ? { ...before.told, ...now.told } : null;
  store(database, step, { told, rest: isNothing(now.rest) ? before.rest : now.rest });
}

/** Of a step that was heard of before it started: what was said of it then is newer. */
export function storeDataOfStart(database: Database, step: StepKey, data: unknown): void {
  if (data === undefined) return;
  const before = partsOf(dataOf(database, step));
  if (!isNothing(before.rest)) return;
  const now = before.told ? partsOfTold(namedValues(data)) : partsOf(data);
  const told = before.told || now.told ? { ...now.told, ...before.told } : null;
  store(database, step, { told, rest: now.rest });
}

function dataOf(database: Database, step: StepKey): unknown {
  const row = database.get('SELECT CAST(data AS TEXT) AS data FROM steps WHERE step_key = ?', [
    step,
  ]);
  const text = row?.['data'];
  return jsonOf(typeof text === 'string' ? text : null);
}

/** The fields of progress go last, always in the same order: what is applied again makes the same text. */
function store(database: Database, step: StepKey, { told, rest }: PartsOfData): void {
  const { progress = null, message, phases } = told ?? {};
  const data = told ? { ...namedValues(rest ?? {}), progress, message, phases } : rest;
  const text = data === undefined ? null : jsonText(data);
  if (text !== null) database.update('steps', 'step_key', step, { data: text });
}

const isProgress = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && value >= 0 && value <= 1);

/** Only what was said of progress always has `progress`: a tool's `message` is its own. */
function partsOf(data: unknown): PartsOfData {
  const isTold = isProgress(memberOf(data, 'progress'));
  return isTold ? partsOfTold(namedValues(data)) : { told: null, rest: data };
}

function partsOfTold(data: object): PartsOfData {
  const { progress, message, phases, ...rest } = data as Readonly<Record<string, unknown>>;
  const fields = { progress, message, phases };
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { told: Object.fromEntries(known), rest };
}

const isNothing = (rest: unknown): boolean =>
  rest === undefined ||
  (typeof rest === 'object' && rest !== null && Object.keys(rest).length === 0);

/** Phases that are in a trace: what is none is left out. */
export function phasesOf(value: unknown): StoredPhase[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).slice(-mostPhases).flatMap((phase) => {
    const name = memberOf(phase, 'name');
    const atUs = memberOf(phase, 'at_us');
    const isPhase = typeof name === 'string' && name !== '' && isTime(atUs);
    return isPhase ? [{ name, at_us: atUs }] : [];
  });
}

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;

/** In order of time, each once. */
function newestPhases(
  known: readonly StoredPhase[],
  came: readonly StoredPhase[],
): readonly StoredPhase[] {
  const isKnown = ({ name, at_us }: StoredPhase): boolean =>
    known.some((phase) => phase.name === name && phase.at_us === at_us);
  const added = came.filter((phase) => !isKnown(phase));
  if (added.length === 0) return known;
  return [...known, ...added].sort((one, other) => one.at_us - other.at_us).slice(-mostPhases);
}
