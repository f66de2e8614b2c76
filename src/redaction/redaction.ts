/**
 * Keeps secrets out of what is stored: everything that came from outside goes through here before it is written,
 * whoever recorded it. What is found is replaced by "[redacted]"; times and counts never change.
 */
import { TraceError } from '../protocol/errors.js';
import type { RedactionSettings } from './redactionSettings.js';
import { parseJson } from '../model/parseJson.js';
import { defaultKeys, defaultRules } from './defaults.js';
import { SecretKeys } from './secretKeys.js';
import { type SecretRule, SecretFinder } from './secretFinder.js';
import { redactedText } from './redactedText.js';
import { RedactedValues } from './redactedValues.js';
import { redactedQuery } from './redactedQuery.js';
import { type CompleteText, type TokenRedactor, StreamRedactor } from './tokenRedactor.js';
import { validateRedaction } from './validateRedaction.js';

export type { CompleteText, TokenRedactor };

export interface Redaction {
  /** `isCut`: the text was cut off, so what may be the beginning of a secret at its end is taken for one. */
  text(text: string, isCut?: boolean): string;
  /**
   * Of JSON, also the values of secret keys at any depth; anything else is a text. What holds no secret comes
   * back as it was, byte for byte. `parsed` spares parsing it again; `isCut` as for a text.
   */
  jsonText(body: string, parsed?: unknown, isCut?: boolean): string;
  /** A copy of any JSON value; the very same where nothing was found. */
  value(value: unknown): unknown;
  /** A URL's query, with or without its "?". */
  query(query: string): string;
  /**
   * For the tokens of one channel of one call, in their order: finds secrets that are spread over several.
   * `complete` is given the text of tokens that were added before and of which more may be stored now.
   */
  stream(complete: CompleteText): TokenRedactor;
}

/** @throws TraceError `invalid` with the first sentence of {@link validateRedaction}. */
export function createRedaction(settings: RedactionSettings): Redaction {
  const [problem] = validateRedaction(settings);
  if (problem !== undefined) throw new TraceError('invalid', problem);
  const keys = new SecretKeys(settings.useDefaults ? defaultKeys : [], settings.keys);
  const finder = new SecretFinder(rulesOf(settings, keys));
  const hasOwnPatterns = settings.patterns.length > 0;
  const text = (value: string, isCut = false): string =>
    value.length > longText && (isCut || hasOwnPatterns)
      ? redactedInPieces(finder, value, isCut)
      : redactedAtOnce(finder, value, isCut);
  const values = new RedactedValues(keys, text);
  return {
    text,
    jsonText: (body, parsed = parseJson(body), isCut = false) => values.ofJson(body, parsed, isCut),
    value: (value) => values.of(value),
    query: (query) => redactedQuery(query, keys, text),
    stream: (complete) => new StreamRedactor(finder, complete),
  };
}

/** Characters. A pattern that has to try again at each of them would take too long with so many at once. */
const longText = 8_192;

function redactedAtOnce(finder: SecretFinder, text: string, isCut: boolean): string {
  try {
    return redactedText(finder, text, isCut);
  } catch {
    // A secret of megabytes is too much for the engine's stack.
    return redactedInPieces(finder, text, isCut);
  }
}

function redactedInPieces(finder: SecretFinder, text: string, isCut: boolean): string {
  let stored = '';
  const redactor = new StreamRedactor(finder, (_, whole) => (stored = whole), '');
  stored = redactor.add(0, text);
  redactor.end(isCut);
  return stored;
}

function rulesOf({ useDefaults, patterns }: RedactionSettings, keys: SecretKeys): SecretRule[] {
  return [
    ...(useDefaults ? defaultRules : []),
    ...keys.rules(),
    ...patterns.map((pattern) => ({ pattern })),
  ];
}
