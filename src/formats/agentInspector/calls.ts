/** An `llm_call` step as a call. Fields that older events lack are unknown, never an error. */
import type { ClockSource } from '../../model/provenance.js';
import type { CallErrorCode, CallState } from '../../model/trace.js';
import { type Microseconds, microseconds } from '../../model/units.js';
import { memberOf } from '../../store/rowValues.js';
import type { RecordedCall } from '../../store/traceReader.js';
import type { CallEvidence, CallTimes } from './callTimes.js';
import { type JsonObject, amountField, asObject, booleanField, textField } from './json.js';
import type { TokenFacts } from './tokens.js';

/** `row` is what the step's columns say. */
export function callEvidence(
  row: Pick<CallEvidence, 'timestampMs' | 'durationMs'> & { readonly status: string | null },
  event: JsonObject,
  tokens: TokenFacts | null,
): CallEvidence {
  return {
    timestampMs: row.timestampMs,
    durationMs: row.durationMs,
    ended: !isOpen(row.status),
    firstTokenLatencyMs: amountField(event, 'first_token_latency_ms'),
    lastTokenLatencyMs: amountField(event, 'last_token_latency_ms'),
    epochTokens: tokens?.epoch ?? null,
    relativeTokens: tokens?.relative ?? null,
  };
}

export function recordedCall(
  status: string | null,
  runIsRunning: boolean,
  event: JsonObject,
  tokens: TokenFacts | null,
  times: CallTimes,
): RecordedCall {
  const state = stateOf(status, runIsRunning);
  const error = errorOf(event);
  const completionTokens = completionTokensOf(event);
  const ttft = amountField(event, 'first_token_latency_ms');
  const lastToken = amountField(event, 'last_token_latency_ms');
  const rate = amountField(event, 'tokens_per_second');
  return {
    model: textField(event, 'model'),
    provider: null,
    wireFormat: null,
    streaming: streamingOf(event, tokens),
    state,
    errorCode: state === 'failed' ? errorCodeOf(error.type) : null,
    errorMessage: error.message,
    httpStatus: null,
    finishReason: null,
    promptTokens: amountField(event, 'prompt_tokens'),
    completionTokens,
    tokenCountSource: completionTokens !== null ? 'usage' : tokens === null ? null : 'chunks',
    clockSource: clockSourceOf(tokens),
    storedTokens: tokens?.stored ?? 0,
    receivedTokens: tokens?.received ?? 0,
    sampleRate: tokens === null ? 1 : tokens.stored / tokens.received,
    ...{ aggregated: false, aggregatedAtUs: null, rateCurve: null, longestGaps: null },
    recorded: {
      ttfcUs: null,
      durationUs: times.endToEndMs === null ? null : toUs(times.endToEndMs),
      ...(ttft !== null && { ttftUs: toUs(ttft) }),
      ...(lastToken !== null && { lastTokenUs: toUs(lastToken) }),
      ...(rate !== null && { effectiveTokensPerSecond: rate }),
    },
    requestTimeKnown: times.requestTimeKnown,
  };
}

export function toUs(ms: number): Microseconds {
  return microseconds(Math.round(ms * 1000));
}

function isOpen(status: string | null): boolean {
  return status === 'started' || status === 'in_progress';
}

/** A call that is still open in a run that is over was never finished by its recorder. */
function stateOf(status: string | null, runIsRunning: boolean): CallState {
  if (isOpen(status)) return runIsRunning ? 'streaming' : 'interrupted';
  return status === 'failed' ? 'failed' : 'completed';
}

function streamingOf(event: JsonObject, tokens: TokenFacts | null): boolean | null {
  if (tokens !== null || amountField(event, 'first_token_latency_ms') !== null) return true;
  return booleanField(event, 'streaming');
}

/** The recorder runs in the agent; without tokens, all that is known are figures that it was given. */
function clockSourceOf(tokens: TokenFacts | null): ClockSource {
  if (tokens === null) return 'imported';
  return tokens.epoch === null && tokens.relative === null ? 'order-only' : 'sdk';
}

function completionTokensOf(event: JsonObject): number | null {
  const completion = amountField(event, 'completion_tokens');
  if (completion !== null) return completion;
  const total = amountField(event, 'total_tokens');
  const prompt = amountField(event, 'prompt_tokens');
  return total !== null && prompt !== null && total >= prompt ? total - prompt : null;
}

/** `set_failed` puts the exception's class and words into `output`. */
function errorOf(event: JsonObject): { type: string; message: string | null } {
  const output = asObject(memberOf(event, 'output'));
  if (output === null) return { type: '', message: null };
  return {
    type: textField(output, 'error_type') ?? '',
    message: textField(output, 'error_message'),
  };
}

/** By the names of the exceptions in Python and in the vendors' Python SDKs (openai, anthropic). */
function errorCodeOf(type: string): CallErrorCode {
  if (/RateLimit/.test(type)) return 'RATE_LIMIT';
  if (/Timeout/.test(type)) return 'TIMEOUT';
  if (/Authentication|PermissionDenied/.test(type)) return 'AUTH_ERROR';
  if (/Connection(Refused)?Error/.test(type)) return 'UPSTREAM_UNREACHABLE';
  if (/Cancelled|KeyboardInterrupt/.test(type)) return 'CLIENT_ABORT';
  return 'LLM_ERROR';
}
