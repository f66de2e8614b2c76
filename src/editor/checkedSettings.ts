/** Settings as people write them, checked: of one that is not valid, the last valid value stays in force. */
import { TraceError, toTraceError } from '../protocol/errors.js';

/** @throws TraceError that begins with `where`, the setting. */
export type Check<T> = (given: unknown, where: string) => T;

export interface CheckedSetting<T> {
  /** Below `llmStream`. */
  readonly name: string;
  readonly byDefault: T;
  readonly check: Check<T>;
  /** For a message: of what may hold a secret, only what is none. */
  readonly show?: (value: T) => string;
  /** Of a value that is not valid: the part that is, for as long as no valid value is known. */
  readonly validPart?: (given: unknown) => T;
  /** Whether it is not known yet if the value is valid: until then, nothing changes. */
  readonly isPending?: (value: T) => boolean;
}

interface InForce<T> {
  readonly value: T;
  readonly which: string;
}

export class CheckedSettings {
  private readonly lastValid = new Map<string, unknown>();

  /** `given` is the value of a setting by its name below `llmStream`: anything, because people write it. */
  constructor(readonly given: (name: string) => unknown) {}

  /** The value in force; a sentence about one that cannot be used is added to the problems. */
  value<T>(setting: CheckedSetting<T>, problems: string[]): T {
    const { name, byDefault, check, isPending, show = shown } = setting;
    const given = this.given(name) ?? byDefault;
    try {
      const valid = check(given, `The setting llmStream.${name}`);
      if (isPending?.(valid)) return this.inForce(setting, given).value;
      this.lastValid.set(name, valid);
      return valid;
    } catch (thrown) {
      const { value, which } = this.inForce(setting, given);
      problems.push(`${toTraceError(thrown).message} Until it is, ${which}: ${show(value)}.`);
      return value;
    }
  }

  private inForce<T>(
    { name, byDefault, validPart }: CheckedSetting<T>,
    given: unknown,
  ): InForce<T> {
    if (this.lastValid.has(name)) {
      return { value: this.lastValid.get(name) as T, which: 'its last valid value applies' };
    }
    return validPart
      ? { value: validPart(given), which: 'what is valid of it applies' }
      : { value: byDefault, which: 'its default applies' };
  }
}

export const wholeNumber =
  (largest: number): Check<number> =>
  (given, where) => {
    if (Number.isInteger(given) && Number(given) >= 0 && Number(given) <= largest) {
      return Number(given);
    }
    throw invalid(where, `it must be a whole number from 0 to ${largest}, and is ${shown(given)}`);
  };

export const share: Check<number> = (given, where) => {
  if (typeof given === 'number' && given >= 0 && given <= 1) return given;
  throw invalid(where, `it must be a number from 0 to 1, and is ${shown(given)}`);
};

export const text: Check<string> = (given, where) => {
  if (typeof given === 'string') return given.trim();
  throw invalid(where, `it must be a text, and is ${shown(given)}`);
};

export const isOn: Check<boolean> = (given, where) => {
  if (typeof given === 'boolean') return given;
  throw invalid(where, `it must be true or false, and is ${shown(given)}`);
};

export const texts: Check<readonly string[]> = (given, where) => {
  if (Array.isArray(given) && given.every((item) => typeof item === 'string' && item !== '')) {
    return [...(given as readonly string[])];
  }
  throw invalid(where, `it must be a list of texts, none of them empty, and is ${shown(given)}`);
};

export const invalid = (where: string, why: string): TraceError =>
  new TraceError('invalid', `${where} is not valid: ${why}.`);

export const shown = (given: unknown): string => {
  const json = JSON.stringify(given);
  return json.length > longestShown ? `${json.slice(0, longestShown)}…` : json;
};
const longestShown = 100;
