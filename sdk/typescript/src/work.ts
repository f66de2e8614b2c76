/** The agent's own work, within what was started for it: its values and exceptions pass unchanged. */
import { type Place, runWithin } from './context.js';
import { warnOnce } from './warnings.js';

export interface Around {
  /** Undefined: nothing is recorded. */
  readonly place: Place | undefined;
  readonly completed: (value: unknown) => void;
  readonly failed: (error: unknown) => void;
}

export function workWithin<T>({ place, completed, failed }: Around, work: () => T): T {
  let result: T;
  try {
    result = place ? runWithin(place, work) : work();
  } catch (error) {
    failed(error);
    throw error;
  }
  if (!isThenable(result)) {
    completed(result);
    return result;
  }
  return Promise.resolve(result).then(
    (value: unknown) => {
      completed(value);
      return value;
    },
    (error: unknown) => {
      failed(error);
      throw error;
    },
  ) as T;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    const mayBe = (typeof value === 'object' && value !== null) || typeof value === 'function';
    return mayBe && 'then' in value && typeof value.then === 'function';
  } catch {
    return false;
  }
}

/** The work that was given; where it is none, what does nothing: it would fail the agent otherwise. */
export function functionOf<Given extends (...values: never[]) => unknown>(
  given: unknown,
  where: string,
): Given {
  if (typeof given === 'function') return given as Given;
  warnOnce(`work of ${where}`, `trace.${where} needs a function to run, and was given none.`);
  return (() => undefined) as unknown as Given;
}
