/** Looking into JSON of which nobody promises the shape: what is of another type counts as absent. */
import { parseJson } from '../../model/parseJson.js';
import { memberOf } from '../../store/rowValues.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** As `parseJson`, for objects only: what cannot be one is not even tried, because a failure costs 10 µs. */
export function parseObject(text: string): JsonObject | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
  return asObject(parseJson(trimmed));
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function objectIn(value: unknown, name: string): JsonObject | undefined {
  return asObject(memberOf(value, name));
}

/** The objects of a list; empty when it is none. */
export function objectsIn(value: unknown, name: string): readonly JsonObject[] {
  const list = memberOf(value, name);
  if (!Array.isArray(list)) return [];
  return list.map(asObject).filter((item) => item !== undefined);
}

/** A text that is not empty. */
export function textIn(value: unknown, name: string): string | undefined {
  const text = memberOf(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** A whole number of at least 0. */
export function countIn(value: unknown, name: string): number | undefined {
  const count = memberOf(value, name);
  return Number.isSafeInteger(count) && (count as number) >= 0 ? (count as number) : undefined;
}

export { memberOf, parseJson };
