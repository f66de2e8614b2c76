/** Errors as the providers tell them, in our codes: docs/trace-format.md lists those. */
import { STATUS_CODES } from 'node:http';
import type { CallErrorCode } from '../../model/trace.js';
import {
  type JsonObject,
  asObject,
  memberOf,
  objectIn,
  objectsIn,
  parseJson,
  textIn,
} from './json.js';

export interface ProviderError {
  readonly code: CallErrorCode;
  /** The provider's own words where there are any. */
  readonly message: string;
}

/** In characters. Not marked where it is cut, so that the beginning of a secret at its end is seen to be one. */
const longestMessage = 2_000;

/** What an answer with a status of 400 or more says. `body` may be anything, and cut. */
export function errorOfResponse(status: number, body: string): ProviderError {
  const parsed = parseJson(body);
  // Gemini wraps the error into a list where the stream would have been one.
  const value = asObject(Array.isArray(parsed) ? (parsed as unknown[])[0] : parsed);
  const message = value === undefined ? plainText(body) : messageIn(value);
  return {
    code: codeOf(value, status),
    message: (message ?? sentenceOf(status)).slice(0, longestMessage),
  };
}

/** The error that a value of a response with status 200 is; undefined when it is none. */
export function errorOfValue(value: JsonObject): ProviderError | undefined {
  const error = memberOf(value, 'error');
  const isError =
    asObject(error) !== undefined ||
    (typeof error === 'string' && error !== '') ||
    memberOf(value, 'type') === 'error' ||
    memberOf(value, 'object') === 'error';
  if (!isError) return undefined;
  const message = messageIn(value) ?? 'The provider reported an error without saying which.';
  return { code: codeOf(value, undefined), message: message.slice(0, longestMessage) };
}

function codeOf(value: JsonObject | undefined, status: number | undefined): CallErrorCode {
  const names = value === undefined ? [] : namesIn(value);
  for (const { code, words } of codesByName) {
    if (names.some((name) => words.includes(String(name).toLowerCase()))) return code;
  }
  const known = [status, ...names.map(Number)].find((number) => codesByStatus.has(number ?? 0));
  return codesByStatus.get(known ?? 0) ?? 'LLM_ERROR';
}

const codesByName: readonly { readonly code: CallErrorCode; readonly words: readonly string[] }[] =
  [
    { code: 'LLM_ERROR', words: ['overloaded_error', 'billing_error'] },
    {
      code: 'TIMEOUT',
      words: [
        'timeout_error',
        'timeout',
        'request_timeout',
        'gateway_timeout',
        'deadline_exceeded',
      ],
    },
    {
      code: 'RATE_LIMIT',
      words: [
        ...['rate_limit_error', 'rate_limit_exceeded', 'insufficient_quota', 'too_many_requests'],
        ...['resource_exhausted', 'throttlingexception'],
      ],
    },
    {
      code: 'AUTH_ERROR',
      words: [
        ...['authentication_error', 'permission_error', 'invalid_api_key', 'api_key_invalid'],
        ...['unauthenticated', 'permission_denied', 'unauthorized', 'forbidden'],
      ],
    },
  ];

const codesByStatus: ReadonlyMap<number, CallErrorCode> = new Map([
  [408, 'TIMEOUT'],
  [504, 'TIMEOUT'],
  [429, 'RATE_LIMIT'],
  [401, 'AUTH_ERROR'],
  [403, 'AUTH_ERROR'],
]);

/** All the fields in which one provider or another names the kind of an error. */
function namesIn(value: JsonObject): readonly unknown[] {
  const error = objectIn(value, 'error') ?? value;
  const reasons = objectsIn(error, 'details').map((detail) => memberOf(detail, 'reason'));
  return [...['type', 'code', 'status'].map((name) => memberOf(error, name)), ...reasons].filter(
    (name) => typeof name === 'string' || typeof name === 'number',
  );
}

function messageIn(value: JsonObject): string | undefined {
  const error = memberOf(value, 'error');
  const places = [
    memberOf(error, 'message'),
    typeof error === 'string' ? error : undefined,
    memberOf(value, 'message'),
    memberOf(value, 'detail'),
    memberOf(objectsIn(value, 'errors')[0], 'message'),
    textIn(error, 'code') ?? textIn(error, 'type'),
  ];
  const found = places.find((place) => place !== undefined && place !== null && place !== '');
  if (found === undefined) return undefined;
  return typeof found === 'string' ? found : JSON.stringify(found);
}

/** What is neither JSON nor a page of HTML was meant to be read. */
function plainText(body: string): string | undefined {
  const text = body.trim();
  return text === '' || text.startsWith('<') || text.startsWith('{') ? undefined : text;
}

function sentenceOf(status: number): string {
  const name = STATUS_CODES[status];
  return `The upstream answered with status ${status}${name === undefined ? '' : ` (${name})`}.`;
}
