/** What the capture's answer, or the lack of one, means for what was sent. */
import type { IncomingMessage } from 'node:http';

export type Answer =
  | { readonly kind: 'accepted'; readonly rejected: number; readonly message: string }
  /** Try again: later, or after so long. */
  | { readonly kind: 'away'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly kind: 'insecure'; readonly reason: string }
  /** It is something else that answers. */
  | { readonly kind: 'stranger'; readonly reason: string }
  | { readonly kind: 'wrong-token' }
  | { readonly kind: 'too-large' }
  /** It will never be taken. */
  | { readonly kind: 'refused'; readonly reason: string };

const longestRetryMs = 60_000;

export function answerOf(
  { statusCode: status = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
  text: string,
): Answer {
  const reason = `HTTP ${status}`;
  if (status === 200) return acceptedOf(text);
  if (status === 401) return { kind: 'wrong-token' };
  if (status === 413) return { kind: 'too-large' };
  if (status === 400 || status === 415 || status === 422) return { kind: 'refused', reason };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { kind: 'away', reason, ...retryAfter(headers['retry-after']) };
  }
  return { kind: 'stranger', reason };
}

export function failureOf(error: unknown): Answer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  const reason = code || message.slice(0, 200) || 'the connection failed';
  return { kind: isAboutTls(code) ? 'insecure' : 'away', reason };
}

function acceptedOf(text: string): Answer {
  const { rejected_count: count, rejected } = (jsonOf(text) ?? {}) as {
    rejected_count?: unknown;
    rejected?: unknown;
  };
  if (typeof count !== 'number') {
    return { kind: 'stranger', reason: 'an answer that no capture gives' };
  }
  const [first] = (Array.isArray(rejected) ? rejected : []) as { message?: unknown }[];
  return { kind: 'accepted', rejected: count, message: String(first?.message).slice(0, 300) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Seconds or a date. */
function retryAfter(header: string | undefined): { retryAfterMs?: number } {
  if (header === undefined) return {};
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1_000;
  return ms >= 0 ? { retryAfterMs: Math.min(ms, longestRetryMs) } : {};
}

const isAboutTls = (code: string): boolean =>
  /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/.test(code);
