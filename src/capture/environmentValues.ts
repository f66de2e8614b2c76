/** Values of the environment, checked: a wrong one is named, with what it can be. */
import { TraceError } from '../protocol/errors.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws TraceError `invalid` */
export function numberOf(
  environment: Environment,
  name: string,
  smallest: number,
  largest: number,
  byDefault: number,
  isRight: (value: number) => boolean = () => true,
): number {
  const text = environment[name];
  if (!text) return byDefault;
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= smallest && value <= largest && isRight(value)) return value;
  throw invalid(name, `it must be a number from ${smallest} to ${largest}, and is "${text}"`);
}

/** @throws TraceError `invalid` */
export function switchOf(environment: Environment, name: string, byDefault: boolean): boolean {
  const text = environment[name];
  if (!text) return byDefault;
  if (/^(true|1|on|yes)$/i.test(text)) return true;
  if (/^(false|0|off|no)$/i.test(text)) return false;
  throw invalid(name, `it must be true or false, and is "${text}"`);
}

/** @throws TraceError `invalid` */
export function textsOf(environment: Environment, name: string): readonly string[] {
  const text = environment[name];
  if (!text) return [];
  const value = jsonOf(text);
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) {
    return value;
  }
  throw invalid(name, 'it must be a JSON array of texts');
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const invalid = (where: string, why: string): TraceError =>
  new TraceError('invalid', `${where} is not valid: ${why}.`);
