/** A URL's query without its secrets: names stay, so that one sees what was asked for. */
import { redacted } from './redactedText.js';
import type { SecretKeys } from './secretKeys.js';

/** In a query these are credentials: Gemini's key, signed links. In JSON they are not. */
const credentialNames: ReadonlySet<string> = new Set([
  ...['key', 'token', 'sig', 'signature', 'code', 'auth', 'credential'],
  ...['x-amz-signature', 'x-amz-credential', 'x-amz-security-token', 'x-goog-signature'],
]);

export function redactedQuery(
  query: string,
  keys: SecretKeys,
  text: (text: string) => string,
): string {
  const start = query.startsWith('?') ? '?' : '';
  const parameters = query.slice(start.length).split('&');
  return start + parameters.map((parameter) => redactedParameter(parameter, keys, text)).join('&');
}

function redactedParameter(
  parameter: string,
  keys: SecretKeys,
  text: (text: string) => string,
): string {
  const equals = parameter.indexOf('=');
  const name = decoded(equals < 0 ? parameter : parameter.slice(0, equals));
  const value = equals < 0 ? '' : decoded(parameter.slice(equals + 1));
  const isSecret = credentialNames.has(name.toLowerCase()) || keys.has(name);
  if (value !== '' && isSecret) return `${parameter.slice(0, equals)}=${redacted}`;
  if (text(name) === name && text(value) === value) return parameter;
  return value === '' ? redacted : `${encodeURIComponent(text(name))}=${redacted}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
