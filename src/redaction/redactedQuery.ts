/** A URL's query, or a form, without its secrets: names stay, so that one sees what was asked for. */
import { redacted } from './redactedText.js';
import type { SecretKeys } from './secretKeys.js';

/** What ends with such a word is a credential in a query: Gemini's key, signed links. In JSON it is not. */
const credentialName =
  /(^|[-_.])(key|token|sig|signature|code|auth|credentials?|secret|password|pwd|pass|jwt|assertion)$/i;

export function redactedQuery(
  query: string,
  keys: SecretKeys,
  text: (text: string) => string,
): string {
  const start = query.startsWith('?') ? '?' : '';
  // Some servers take ";" for "&". Separators are kept.
  const parts = query.slice(start.length).split(/([&;])/);
  return start + parts.map((part) => redactedParameter(part, keys, text)).join('');
}

function redactedParameter(
  parameter: string,
  keys: SecretKeys,
  text: (text: string) => string,
): string {
  const equals = parameter.indexOf('=');
  const rawName = equals < 0 ? parameter : parameter.slice(0, equals);
  const [name, value] = [decoded(rawName), equals < 0 ? '' : decoded(parameter.slice(equals + 1))];
  const isNameSecret = text(name) !== name;
  const isValueSecret =
    value !== '' && (credentialName.test(name) || keys.has(name) || text(value) !== value);
  if (!isNameSecret && !isValueSecret) return parameter;
  if (equals < 0) return redacted;
  const shownName = isNameSecret ? encodeURIComponent(text(name)) : rawName;
  return `${shownName}=${value === '' ? '' : redacted}`;
}

/** What is encoded wrongly stays as it is, and the rest is decoded. */
const decoded = (text: string): string =>
  text.replaceAll('+', ' ').replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
