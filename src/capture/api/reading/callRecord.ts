/**
 * An LLM call and its figures as the API gives them: the terms of docs/metrics.md under the names that the
 * streaming fields of Agent Inspector have. Times in milliseconds.
 */
import { z } from '@hono/zod-openapi';
import { callStates } from '../../../model/trace.js';
import { outputTokens } from '../../../model/latency.js';
import { millisecondsOf, rounded } from '../../../model/jsonFigures.js';
import type { CallStep } from './traceReading.js';

const milliseconds = (description: string) => z.number().nullable().openapi({ description });
const text = z.string().nullable();

export const stallsAtLeast =
  '`stalls` is only the least number: of an aggregated call, the 100 longest gaps are known.';

export const callSchema = z
  .object({
    llm_call_id: z.string(),
    name: z.string(),
    model: text,
    provider: text,
    wire_format: text,
    streaming: z.boolean().nullable(),
    status: z.enum(callStates),
    error_code: text,
    error_message: text,
    http_status: z.int().nullable(),
    finish_reason: text,
    clock_source: z.string().openapi({ description: 'Who measured the times: proxy, sdk, …' }),
    token_count: z.int().openapi({ description: 'Tokens (chunks with content) that came.' }),
    stored_token_count: z.int().openapi({ description: 'Those that can be read.' }),
    sample_rate: z.number().openapi({ description: 'The share of its tokens that is stored.' }),
    prompt_tokens: z.number().nullable(),
    total_tokens: z.number().nullable().openapi({
      description: 'Output tokens, counted as `token_count_source` says.',
    }),
    token_count_source: z.enum(['usage', 'logprobs', 'estimate', 'chunks']).nullable(),
    first_chunk_latency_ms: milliseconds('Request sent → first chunk of whatever kind (TTFC).'),
    first_token_latency_ms: milliseconds('Request sent → first token (TTFT).'),
    first_output_latency_ms: milliseconds('Request sent → first visible text (TTFO).'),
    last_token_latency_ms: milliseconds('Request sent → last token.'),
    total_duration_ms: milliseconds('Request sent → last byte; null while it streams.'),
    time_per_output_token_ms: milliseconds('TPOT.'),
    p50_token_latency_ms: milliseconds('Between neighbouring tokens (ICL): the median.'),
    p95_token_latency_ms: milliseconds('The same: 95th percentile.'),
    p99_token_latency_ms: milliseconds('The same: 99th percentile.'),
    max_token_latency_ms: milliseconds('The same: the longest.'),
    tokens_per_second: z.number().nullable().openapi({ description: 'First to last token.' }),
    effective_tokens_per_second: z.number().nullable().openapi({
      description: 'Over the whole duration, with the wait for the first token.',
    }),
    stalls: z.int().nullable(),
    stalls_may_be_more: z.boolean().openapi({ description: stallsAtLeast }),
    bursts: z.int().nullable(),
  })
  .openapi('LlmCall');

export type CallRecord = z.infer<typeof callSchema>;

export function callRecord({ id, name, call }: CallStep): CallRecord {
  const { metrics } = call;
  const tokens = outputTokens(call);
  return {
    llm_call_id: id,
    name,
    model: call.model,
    provider: call.provider,
    wire_format: call.wireFormat,
    streaming: call.streaming,
    status: call.state,
    error_code: call.errorCode,
    error_message: call.errorMessage,
    http_status: call.httpStatus,
    finish_reason: call.finishReason,
    clock_source: call.clockSource,
    token_count: call.receivedTokens,
    stored_token_count: call.storedTokens,
    sample_rate: call.sampleRate,
    prompt_tokens: call.promptTokens,
    total_tokens: tokens?.count ?? null,
    token_count_source: tokens?.source ?? null,
    first_chunk_latency_ms: millisecondsOf(metrics.ttfcUs),
    first_token_latency_ms: millisecondsOf(metrics.ttftUs),
    first_output_latency_ms: millisecondsOf(metrics.ttfoUs),
    last_token_latency_ms: millisecondsOf(metrics.lastTokenUs),
    total_duration_ms: millisecondsOf(metrics.durationUs),
    time_per_output_token_ms: millisecondsOf(metrics.tpotUs),
    p50_token_latency_ms: millisecondsOf(metrics.icl?.p50 ?? null),
    p95_token_latency_ms: millisecondsOf(metrics.icl?.p95 ?? null),
    p99_token_latency_ms: millisecondsOf(metrics.icl?.p99 ?? null),
    max_token_latency_ms: millisecondsOf(metrics.icl?.max ?? null),
    tokens_per_second: rounded(metrics.outputTokensPerSecond),
    effective_tokens_per_second: rounded(metrics.effectiveTokensPerSecond),
    stalls: metrics.stallCount,
    stalls_may_be_more: metrics.mayBeMoreStalls,
    bursts: metrics.burstCount,
  };
}
