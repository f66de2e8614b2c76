/** How figures and calls are put into words, the same everywhere: page, tree, command line. */
import { outputTokens } from './latency.js';
import type { ClockSource, TokenCountSource } from './provenance.js';
import type { Call, CallErrorCode } from './trace.js';
import {
  type EpochMicroseconds,
  type Microseconds,
  microseconds,
  toMilliseconds,
} from './units.js';

/** What is shown where a figure is not known or not defined. */
export const unknownFigure = '—';

/** "85 µs", "4.2 ms", "412 ms", "1.70 s", "12.3 s", "2 min 3 s", "1 h 4 min". */
export function formatDuration(duration: Microseconds): string {
  if (duration < 0) return `−${formatDuration(microseconds(0 - duration))}`;
  // The unit is chosen for the number as it will be written: 999.7 ms is "1.00 s", not "1000 ms".
  if (duration < 999.5) return `${duration.toFixed(0)} µs`;
  const ms = toMilliseconds(duration);
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${formatCount(Math.floor(whole / 3_600))} h ${Math.floor((whole % 3_600) / 60)} min`;
}

/** "0", "412", "20,000". */
export function formatCount(count: number): string {
  return countFormat.format(count);
}
const countFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** "3", "≥ 100": of some aggregated calls only the least number is known. */
export function formatStalls(stalls: number, mayBeMore: boolean): string {
  return `${mayBeMore ? '≥ ' : ''}${formatCount(stalls)}`;
}

/** "1 token", "45 tokens". */
export function formatTokens(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'token' : 'tokens'}`;
}

/** "49 KB", "12.0 MB", "1.20 GB"; of 10³, 10⁶ and 10⁹ bytes. */
export function formatBytes(bytes: number): string {
  if (bytes < 999_500) return `${formatCount(Math.ceil(bytes / 1_000))} KB`;
  const megabytes = bytes / 1_000_000;
  return megabytes < 999.95 ? `${megabytes.toFixed(1)} MB` : `${(megabytes / 1_000).toFixed(2)} GB`;
}

/** Tokens per second: "19.5 tok/s", "1,240 tok/s". */
export function formatRate(tokensPerSecond: number): string {
  const figure =
    tokensPerSecond < 999.95 ? tokensPerSecond.toFixed(1) : formatCount(tokensPerSecond);
  return `${figure} tok/s`;
}

/** Local wall-clock time of day: "14:02:11". */
export function formatTime(time: EpochMicroseconds): string {
  const date = new Date(time / 1_000);
  if (Number.isNaN(date.getTime())) return unknownFigure;
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

/** Local wall-clock date and time: "2026-03-02 14:02:11". */
export function formatDateTime(time: EpochMicroseconds): string {
  const date = new Date(time / 1_000);
  if (Number.isNaN(date.getTime())) return unknownFigure;
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())];
  return `${day.join('-')} ${formatTime(time)}`;
}

/** Local day: "3 Nov 2026". */
export function formatDate(time: EpochMicroseconds): string {
  const date = new Date(time / 1_000);
  return Number.isNaN(date.getTime()) ? unknownFigure : dayFormat.format(date);
}
const dayFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/**
 * The call in a few words, for its row: "45 tokens, 19.5 tok/s", or its state: "streaming",
 * "failed: RATE_LIMIT", "aborted, 31 tokens", "not streamed, 45 tokens", …
 * The rate is the effective one (as `tokens_per_second` of an Agent Inspector event).
 */
export function callLabel(call: Call): string {
  const tokens = tokensLabel(call);
  const state = stateLabel(call);
  if (state !== null) return tokens === null ? state : `${state}, ${tokens}`;
  if (tokens === null) return 'no tokens';
  if (call.clockSource === 'order-only') return `${tokens}, order only`;
  const rate = call.metrics.effectiveTokensPerSecond ?? call.metrics.outputTokensPerSecond;
  return rate === null ? tokens : `${tokens}, ${formatRate(rate)}`;
}

/** Null for a call that streamed and completed: its figures say more. */
function stateLabel(call: Call): string | null {
  if (call.state === 'failed') return `failed: ${call.errorCode ?? 'LLM_ERROR'}`;
  if (call.state !== 'completed') return call.state;
  if (call.aggregated) return 'aggregated';
  return call.streaming === false ? 'not streamed' : null;
}

/** An estimate is never shown as a count. */
function tokensLabel(call: Call): string | null {
  const tokens = outputTokens(call);
  if (tokens === null || tokens.count === 0) return null;
  return `${tokens.source === 'estimate' ? '≈ ' : ''}${formatTokens(tokens.count)}`;
}

const tokenLimitReasons = new Set(['length', 'max_tokens', 'max_output_tokens']);

/** Why the response is not whole: "Partial response: the connection was closed after 31 tokens."; null when it is whole or still coming. */
export function partialSentence(call: Call): string | null {
  const { state } = call;
  if (state === 'streaming') return null;
  if (state === 'completed') {
    return tokenLimitReasons.has(call.finishReason?.toLowerCase() ?? '')
      ? `Partial response: the model reached its token limit${afterTokens(call)}.`
      : null;
  }
  const what = state === 'failed' ? failureWords(call) : endWords[state];
  if (call.sampleRate < 1 && state === 'interrupted') return `Partial response: ${what}.`;
  return call.receivedTokens > 0
    ? `Partial response: ${what}${afterTokens(call)}.`
    : `No response: ${what}${state === 'failed' ? '' : ' before the first token'}.`;
}

const afterTokens = (call: Call): string =>
  call.receivedTokens > 0 ? ` after ${formatTokens(call.receivedTokens)}` : '';

const endWords = {
  aborted: 'the agent closed the connection',
  truncated: 'the connection was closed',
  interrupted: 'the recording was cut off',
} as const;

const failures: Partial<Record<CallErrorCode, string>> = {
  TIMEOUT: 'the call timed out',
  RATE_LIMIT: 'the provider refused the request because of its rate limit',
  AUTH_ERROR: 'the provider did not accept the credentials',
  UPSTREAM_UNREACHABLE: 'the provider could not be reached',
};

function failureWords(call: Call): string {
  const words = call.errorCode === null ? undefined : failures[call.errorCode];
  const status =
    call.httpStatus !== null && call.httpStatus >= 400 ? ` (HTTP ${call.httpStatus})` : '';
  return `${words ?? 'the provider reported an error'}${status}`;
}

/** Who measured the times, where the token count is from, and what the file left out. */
export function provenanceSentence(call: Call): string {
  const tokens = outputTokens(call);
  return [
    clockSentences[call.clockSource],
    tokens === null ? 'The number of tokens is not known.' : countSentences[tokens.source],
    leftOutSentence(call),
  ]
    .filter((sentence) => sentence !== null)
    .join(' ');
}

const clockSentences: Readonly<Record<ClockSource, string>> = {
  proxy: 'Times were measured at the capture proxy.',
  sdk: 'Times were measured inside the agent.',
  server: "Times are the model server's own stamps; the network is not in them.",
  imported: 'Times were imported with the file.',
  'order-only': 'Order only: the file holds no times.',
  unknown: 'The file does not say who measured the times.',
};

const countSentences: Readonly<Record<TokenCountSource, string>> = {
  usage: "The token count is the provider's usage figure.",
  logprobs: "The token count is from the response's log probabilities.",
  estimate: 'The token count is an estimate.',
  chunks: 'Tokens are counted as the chunks that came; a chunk is not always one token.',
};

function leftOutSentence(call: Call): string | null {
  const kept = keptWords(call);
  if (kept === null) return null;
  const isTold = (call.aggregated || call.sampleRate < 1) && call.metrics.icl !== null;
  return isTold ? `${kept}; the figures are of all that came.` : `${kept}.`;
}

/** How many of the call's tokens the file keeps, and why not all: "12 of 1,240 tokens kept: sampled at 1 %"; null when it keeps all. */
export function keptWords(call: Call): string | null {
  const { storedTokens, receivedTokens, sampleRate } = call;
  if (sampleRate === 0 && storedTokens === 0 && !call.aggregated) {
    return receivedTokens > 0
      ? `Tokens are not stored: ${formatCount(receivedTokens)} came`
      : 'Tokens are not stored';
  }
  if (storedTokens >= receivedTokens && sampleRate === 1) return null;
  // Until its end, nobody has said how many came behind the newest one.
  const isCounted = sampleRate === 1 || !['streaming', 'interrupted'].includes(call.state);
  const kept = isCounted
    ? `${formatCount(storedTokens)} of ${formatTokens(receivedTokens)} kept`
    : `${formatTokens(storedTokens)} kept`;
  if (call.aggregated) return `${kept}: aggregated`;
  return sampleRate < 1 ? `${kept}: sampled at ${formatShare(sampleRate)}` : kept;
}

/** "1 %", "0.25 %". */
export const formatShare = (share: number): string => `${shareFormat.format(share * 100)} %`;
/** "62 %"; not "100 %" before all is done. */
export const formatProgress = (progress: number): string =>
  // What multiplying by 100 loses of 0.29 is no progress that is missing.
  `${Math.floor(progress * 100 + 1e-9)} %`;

const shareFormat = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
