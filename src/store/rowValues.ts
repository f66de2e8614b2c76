/** Values of rows that may hold anything: what is not of the right type or range counts as not known. */
import type { SqlValue } from './database.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** SQL for a text of at most `maxBytes` that {@link textOf} reads whole, NUL and broken UTF-8 included. */
export function textColumn(column: string, maxBytes = 4_096): string {
  return `substr(CAST(${column} AS BLOB), 1, ${maxBytes})`;
}

export function textOf(value: SqlValue | undefined): string | null {
  return value instanceof Uint8Array ? decoder.decode(value) : null;
}

/** A number of at least 0 that is exact in a double; for counts, times and durations. */
export function amountOf(value: SqlValue | undefined): number | null {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null;
}

/** Keys that a double cannot hold would name another row. */
export function keyOf(value: SqlValue | undefined): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}

export function oneOf<T extends string>(
  value: SqlValue | undefined,
  known: readonly T[],
): T | null {
  const text = textOf(value);
  return known.find((candidate) => candidate === text) ?? null;
}

/** Parsed JSON; undefined for what is not JSON, or nested too deeply to be. */
export function jsonOf(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object's own member: `__proto__` and the like are nothing special in a hostile file. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** Null for what is nested too deeply to be written. */
export function jsonText(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
}
