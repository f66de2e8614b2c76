/** Errors of the agent's work and of its models, as they are shown. */
import { plainJson } from './plainJson.js';

const longestMessage = 10_000;
const longestStack = 20_000;
const deepestCause = 5;

export interface ShownError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

export function shownError(error: unknown): ShownError {
  const name = nameOf(error);
  const stack = textField(error, 'stack');
  return {
    name: name || 'Error',
    message: messageOf(error, name).slice(0, longestMessage),
    ...(stack && { stack: stack.slice(0, longestStack) }),
  };
}

/** The errors of some SDKs are told apart by their classes only. */
function nameOf(error: unknown): string {
  const name = textField(error, 'name');
  if (name !== 'Error') return name;
  const className = textField(field(error, 'constructor'), 'name');
  return /(Error|Exception)$/.test(className) ? className : name;
}

function messageOf(error: unknown, name: string): string {
  if (typeof error === 'string') return error;
  const message = textField(error, 'message');
  if (message) return message;
  if (name) return name;
  const plain = plainJson(error);
  return typeof plain === 'string' ? plain : (JSON.stringify(plain) ?? 'undefined');
}

/** What went wrong, in the codes of a trace. */
export function errorCode(error: unknown): string {
  let inner = error;
  for (let depth = 0; depth < deepestCause && inner !== undefined; depth++) {
    const code = codeOf(inner) ?? codeOf(field(inner, 'error'));
    if (code !== undefined) return code;
    inner = field(inner, 'cause');
  }
  return 'LLM_ERROR';
}

function codeOf(error: unknown): string | undefined {
  const names = [nameOf(error), textField(error, 'code'), textField(error, 'type')];
  const named = codesByName.find(({ pattern }) => names.some((name) => pattern.test(name)));
  if (named) return named.code;
  const status = ['status', 'statusCode', 'status_code'].map((name) => field(error, name));
  return status.map((value) => codesByStatus.get(Number(value))).find((code) => code);
}

const codesByName: readonly { readonly pattern: RegExp; readonly code: string }[] = [
  { pattern: /^(AbortError|APIUserAbortError|ABORT_ERR)$/, code: 'CLIENT_ABORT' },
  { pattern: /time(d)?_?out/i, code: 'TIMEOUT' },
  { pattern: /^(RateLimitError|rate_limit(_\w+)?|insufficient_quota)$/i, code: 'RATE_LIMIT' },
  {
    pattern:
      /^(AuthenticationError|PermissionDeniedError|authentication_error|permission_error|invalid_api_key)$/,
    code: 'AUTH_ERROR',
  },
  {
    pattern:
      /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE|UND_ERR_SOCKET|APIConnectionError)$/,
    code: 'UPSTREAM_UNREACHABLE',
  },
];

const codesByStatus: ReadonlyMap<number, string> = new Map([
  [401, 'AUTH_ERROR'],
  [403, 'AUTH_ERROR'],
  [408, 'TIMEOUT'],
  [429, 'RATE_LIMIT'],
  [504, 'TIMEOUT'],
]);

function textField(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}

/** Of whatever was thrown: it may be anything. */
function field(value: unknown, name: string): unknown {
  try {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
      return undefined;
    }
    return (value as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

/** Errors that a run shows already: on their way up they pass the steps around. */
export class ShownErrors {
  private readonly shown = new WeakSet();

  add(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.shown.add(error);
  }

  has(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.shown.has(error);
  }
}
