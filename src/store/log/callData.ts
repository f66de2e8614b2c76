/** What is known of a call beside its columns, put together from several events. */
import type { StepKey } from '../../model/trace.js';
import type { Database } from '../database.js';
import { jsonOf, jsonText } from '../rowValues.js';

/** Of equal names, the values of what is `over` the other stay: those of the newer event. */
export function mergeData(
  database: Database,
  call: StepKey,
  data: unknown,
  side: 'over' | 'under',
): void {
  if (data === undefined) return;
  const row = database.get('SELECT CAST(data AS TEXT) AS data FROM steps WHERE step_key = ?', [
    call,
  ]);
  const text = row?.['data'];
  const before = namedValues(jsonOf(typeof text === 'string' ? text : null));
  const now = namedValues(data);
  const merged = side === 'over' ? { ...before, ...now } : { ...now, ...before };
  database.update('steps', 'step_key', call, { data: jsonText(merged) });
}

/** Only objects can be merged: another value gets a name. */
export function namedValues(data: unknown): object {
  if (data === undefined) return {};
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? data : { value: data };
}
