/**
 * The `data` of a step out of its start, its end and what it said of its progress in between. That is kept in
 * three fields of it, `progress`, `message` and `phases`: an end that does not name them leaves them.
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

interface PartsOfData {
  /** Those of the three fields that are there. */
  readonly told: Readonly<Record<string, unknown>>;
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
  const { told, rest } = partsOf(dataOf(database, step));
  store(database, step, {
    rest,
    told: {
      progress: progress ?? told['progress'],
      message: message ?? told['message'],
      phases: phases.length > 0 ? newestPhases(phasesOf(told['phases']), phases) : told['phases'],
    },
  });
}

/** An end with nothing but progress leaves what the step started with. */
export function storeDataOfEnd(database: Database, step: StepKey, data: unknown): void {
  if (data === undefined) return;
  const before = partsOf(dataOf(database, step));
  const { told, rest } = partsOf(data);
  store(database, step, {
    told: { ...before.told, ...told },
    rest: isNothing(rest) ? before.rest : rest,
  });
}

/** Of a step that was heard of before it started: what was said of it then is newer. */
export function storeDataOfStart(database: Database, step: StepKey, data: unknown): void {
  if (data === undefined) return;
  const before = partsOf(dataOf(database, step));
  const { told, rest } = partsOf(data);
  store(database, step, {
    told: { ...told, ...before.told },
    rest: isNothing(before.rest) ? rest : before.rest,
  });
}

function dataOf(database: Database, step: StepKey): unknown {
  const row = database.get('SELECT CAST(data AS TEXT) AS data FROM steps WHERE step_key = ?', [
    step,
  ]);
  const text = row?.['data'];
  return jsonOf(typeof text === 'string' ? text : null);
}

/** The three fields go last, always in the same order: what is applied again makes the same text. */
function store(database: Database, step: StepKey, { told, rest }: PartsOfData): void {
  const { progress, message, phases } = told;
  const isTold = [progress, message, phases].some((value) => value !== undefined);
  const data = isTold ? { ...namedValues(rest), progress, message, phases } : rest;
  const text = data === undefined ? null : jsonText(data);
  if (text !== null) database.update('steps', 'step_key', step, { data: text });
}

function partsOf(data: unknown): PartsOfData {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return { told: {}, rest: data };
  }
  const { progress, message, phases, ...rest } = data as Readonly<Record<string, unknown>>;
  const fields = Object.entries({ progress, message, phases });
  return { told: Object.fromEntries(fields.filter(([, value]) => value !== undefined)), rest };
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
