/** JSON as Python writes it, and looking into values whose shape nobody promises. */
import { memberOf } from '../../store/rowValues.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses JSON; Python's `json.dumps` also writes NaN, Infinity and -Infinity, which are not JSON and become null.
 * @throws SyntaxError when it is neither.
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (!/NaN|Infinity/.test(text)) throw thrown;
    return JSON.parse(withoutNonFinite(text));
  }
}

/** Replaces the words outside strings. By hand, because a regular expression over long strings overflows its stack. */
function withoutNonFinite(text: string): string {
  const parts: string[] = [];
  let position = 0;
  while (position < text.length) {
    const quote = text.indexOf('"', position);
    const outside = text.slice(position, quote < 0 ? text.length : quote);
    parts.push(outside.replace(/-?\bInfinity\b|\bNaN\b/g, 'null'));
    if (quote < 0) break;
    const end = endOfString(text, quote);
    parts.push(text.slice(quote, end));
    position = end;
  }
  return parts.join('');
}

/** The position behind the string's closing quote. */
function endOfString(text: string, openingQuote: number): number {
  let position = openingQuote + 1;
  while (position < text.length) {
    const character = text[position];
    if (character === '"') return position + 1;
    position += character === '\\' ? 2 : 1;
  }
  return text.length;
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : null;
}

/** A text that is not empty. */
export function textField(object: JsonObject, key: string): string | null {
  const value = memberOf(object, key);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A finite number that is not negative: everything that events count or measure. */
export function amountField(object: JsonObject, key: string): number | null {
  const value = memberOf(object, key);
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

export function booleanField(object: JsonObject, key: string): boolean | null {
  const value = memberOf(object, key);
  return typeof value === 'boolean' ? value : null;
}
