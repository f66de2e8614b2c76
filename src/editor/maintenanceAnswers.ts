/** What the command line says of its work, read with care: it is another process. */
import type {
  AggregateResult,
  AggregatedFile,
  CopyResult,
  MaintenanceProgress,
  MigrateResult,
  PatternsResult,
  RetainAction,
  RetainResult,
} from '../protocol/maintenanceMessages.js';

/** @throws Error when the value is none. */
export type ReadResult<T> = (value: unknown) => T;

type Fields = Readonly<Record<string, unknown>>;

/** Null for anything else. */
export function progressOf(value: unknown): MaintenanceProgress | null {
  const { type, done, total, what } = fieldsOf(value);
  if (type !== 'progress' || typeof what !== 'string') return null;
  if (!isFigure(done) || !isFigure(total)) return null;
  return { type, done, total, what };
}

export const isResult = (value: unknown): boolean => fieldsOf(value)['type'] === 'result';

export const aggregateResult: ReadResult<AggregateResult> = (value) => {
  const fields = fieldsOf(value);
  return {
    type: 'result',
    files: list(fields, 'files').map(aggregatedFile),
    cancelled: flag(fields, 'cancelled'),
  };
};

export const migrateResult: ReadResult<MigrateResult> = (value) => {
  const fields = fieldsOf(value);
  return {
    ...{ type: 'result', ...fileOf(fields), cancelled: flag(fields, 'cancelled') },
    ...{ from: figure(fields, 'from'), to: figure(fields, 'to'), notices: texts(fields) },
  };
};

export const copyResult: ReadResult<CopyResult> = (value) => {
  const fields = fieldsOf(value);
  return {
    ...{ type: 'result', ...fileOf(fields), cancelled: flag(fields, 'cancelled') },
    ...{ runs: figure(fields, 'runs'), tokens: figure(fields, 'tokens'), notices: texts(fields) },
  };
};

export const retainResult: ReadResult<RetainResult> = (value) => {
  const fields = fieldsOf(value);
  return {
    type: 'result',
    actions: list(fields, 'actions').map(retainAction),
    freedBytes: figure(fields, 'freedBytes'),
    dryRun: flag(fields, 'dryRun'),
    notices: texts(fields),
    cancelled: flag(fields, 'cancelled'),
  };
};

export const patternsResult: ReadResult<PatternsResult> = (value) => {
  const fields = fieldsOf(value);
  const problems = list(fields, 'problems').map((problem) => {
    if (problem !== null && typeof problem !== 'string') throw wrong('problems', problem);
    return problem;
  });
  return { type: 'result', problems, cancelled: flag(fields, 'cancelled') };
};

function aggregatedFile(value: unknown): AggregatedFile {
  const fields = fieldsOf(value);
  const { skipped } = fields;
  return {
    ...fileOf(fields),
    calls: figure(fields, 'calls'),
    tokensRemoved: figure(fields, 'tokensRemoved'),
    ...(typeof skipped === 'string' ? { skipped } : {}),
  };
}

function retainAction(value: unknown): RetainAction {
  const fields = fieldsOf(value);
  const { action } = fields;
  if (action !== 'aggregate' && action !== 'delete') throw wrong('action', action);
  return { ...fileOf(fields), action, reason: string(fields, 'reason') };
}

const fileOf = (fields: Fields): { path: string; bytesBefore: number; bytesAfter: number } => ({
  path: string(fields, 'path'),
  bytesBefore: figure(fields, 'bytesBefore'),
  bytesAfter: figure(fields, 'bytesAfter'),
});

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const isFigure = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

function figure(fields: Fields, name: string): number {
  const value = fields[name];
  if (!isFigure(value)) throw wrong(name, value);
  return value;
}

function string(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw wrong(name, value);
  return value;
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw wrong(name, value);
  return value;
}

function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw wrong(name, value);
  return value as readonly unknown[];
}

const texts = (fields: Fields): readonly string[] =>
  list(fields, 'notices').filter((notice) => typeof notice === 'string');

const wrong = (name: string, value: unknown): Error =>
  new Error(`"${name}" of the result is of type ${typeof value}.`);
