/** Steps that are over when they are told. */
import { randomUUID } from 'node:crypto';
import { monotonicUs } from './clock.js';
import type { Place } from './context.js';
import { isNoted, noteError, shownError } from './errors.js';
import { plainObject } from './plainJson.js';
import { given, nameOf } from './texts.js';
import type { StepType } from './wire.js';

export interface ToldEvent {
  readonly type: StepType;
  readonly name: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly status?: string;
}

export function putEvent({ run, id }: Place, { type, name, data, status }: ToldEvent): void {
  const known = plainObject(data) ?? {};
  run.destination.outbox.put({
    ...{ type: 'event', step_id: randomUUID(), run_id: run.id },
    ...given({ parent_id: id }),
    ...{ step_type: type, name: nameOf(name, type) },
    timestamp_us: run.clock.wallUs(monotonicUs()),
    ...(Object.keys(known).length > 0 && { data: known }),
    ...given({ status }),
  });
}

/** An error that a step within has shown already is not shown again. */
export function putError(
  place: Place,
  error: unknown,
  data?: Readonly<Record<string, unknown>>,
): void {
  if (isNoted(error)) return;
  noteError(error);
  const shown = shownError(error);
  putEvent(place, {
    ...{ type: 'error', name: shown.name, status: 'failed' },
    data: { ...plainObject(data), error: shown },
  });
}
