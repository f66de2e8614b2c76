/** Looking into JSON of which nobody promises the shape: what is of another type counts as absent. */
import { memberOf } from '../../store/rowValues.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Levels; far more than any API has. What goes through a value calls itself for each of them. */
const deepestNesting = 500;

/** The parsed text; undefined when it is no JSON, or nested too deeply to be gone through. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Told from the brackets outside of strings. */
function isTooDeep(text: string): boolean {
  // The others are too short for so many brackets.
  if (text.length <= 2 * deepestNesting) return false;
  let depth = 0;
  for (let position = 0; position < text.length; position++) {
    const character = text.charCodeAt(position);
    if (character === quote) position = endOfString(text, position);
    else if (character === openBrace || character === openBracket) depth++;
    else if (character === closeBrace || character === closeBracket) depth--;
    if (depth > deepestNesting) return true;
  }
  return false;
}

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Position of the quote that ends the string which begins at `start`; the text's length when none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

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

export { memberOf };
