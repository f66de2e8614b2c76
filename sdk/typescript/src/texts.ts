/** Names and labels, as long as the capture takes them. */
import { warnOnce } from './warnings.js';

const longestName = 1_000;
const longestLabel = 200;

/** What is no text is made one; null and undefined stay nothing. */
export function textOf(value: unknown, what: string): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  warnOnce(
    `text of ${what}`,
    `${what} must be a text, and was of type ${typeof value}: it is recorded as String() makes it.`,
  );
  try {
    return asText(value);
  } catch {
    return undefined;
  }
}

export const nameOf = (value: unknown, otherwise: string): string =>
  textOf(value, 'A name')?.slice(0, longestName) || otherwise;

export const labelOf = (value: unknown, what: string): string | undefined =>
  textOf(value, what)?.slice(0, longestLabel) || undefined;

export const messageOf = (value: unknown): string | undefined =>
  textOf(value, 'A message')?.slice(0, longestName);

/** Without what is undefined. */
export function given<T extends object>(
  fields: T,
): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

/** Whatever it is: `String` is made for that. */
const asText: (value: unknown) => string = String;
