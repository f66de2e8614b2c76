/** Steps that are over when they are told. */
import { randomUUID } from 'node:crypto';
import { monotonicUs } from './clock.js';
import type { Place } from './context.js';
import { shownError } from './errors.js';
import { plainObject } from './plainJson.js';
import { given, nameOf } from './texts.js';
import type { StepType } from './wire.js';

export interface ToldEvent {
  readonly type: StepType;
  readonly name: unknown;
  /** What its type says. */
  readonly known?: Readonly<Record<string, unknown>>;
  /** What else the agent says of it. */
  readonly data?: unknown;
  readonly status?: string;
}

export function putEvent({ run, id }: Place, event: ToldEvent): void {
  const data = { ...plainObject(event.data), ...plainObject(event.known) };
  run.destination.outbox.put({
    ...{ type: 'event', step_id: randomUUID(), run_id: run.id },
    ...given({ parent_id: id }),
    ...{ step_type: event.type, name: nameOf(event.name, event.type) },
    timestamp_us: run.clock.wallUs(monotonicUs()),
    ...(Object.keys(data).length > 0 && { data }),
    ...given({ status: event.status }),
  });
}

/** An error that a step within has shown already is not shown again. */
export function putError(place: Place, error: unknown, data?: unknown): void {
  if (place.run.shownErrors.has(error)) return;
  place.run.shownErrors.add(error);
  const shown = shownError(error);
  putEvent(place, {
    ...{ type: 'error', name: shown.name, status: 'failed' },
    ...{ known: { error: shown }, data },
  });
}
