/** The first and the last event of a call. */
import type { LlmEnd, LlmRequest } from './api.js';
import { wholeUs } from './clock.js';
import type { Destination, Place } from './context.js';
import { shownError } from './errors.js';
import { bytesOfBodies, plainJson, plainObject } from './plainJson.js';
import { given, labelOf, nameOf } from './texts.js';
import type { CountedTokens } from './tokenStore.js';
import { type CallStatus, callStatuses } from './wire.js';

export interface CallBeginning {
  readonly id: string;
  /** Of the monotonic clock. */
  readonly startedUs: number;
  readonly streaming: boolean;
  readonly sampleRate: number | undefined;
}

export function putCallStart(
  { run, id: parentId }: Place,
  request: LlmRequest,
  { id, startedUs, streaming, sampleRate }: CallBeginning,
): void {
  const model = labelOf(request.model, 'model');
  run.destination.outbox.put({
    ...{ type: 'llm_call_start', llm_call_id: id, run_id: run.id },
    ...given({
      parent_id: parentId,
      name: nameOf(request.name, model ?? '') || undefined,
      model,
      provider: labelOf(request.provider, 'provider'),
    }),
    ...{ streaming, timestamp_us: run.clock.wallUs(startedUs) },
    ...given({
      request: requestOf(request),
      sample_rate: sampleRate,
      data: plainObject(request.metadata),
    }),
  });
}

/** A prompt alone is a text; with more it is an object like the body of a request. */
function requestOf({ prompt, messages, parameters }: LlmRequest): unknown {
  const copy = plainObject({ prompt, messages, parameters }, bytesOfBodies) ?? {};
  const { parameters: known, ...rest } = copy;
  const body = { ...plainObject(known), ...rest };
  const names = Object.keys(body);
  if (names.length === 0) return undefined;
  return names.length === 1 && 'prompt' in body ? body['prompt'] : body;
}

export interface CallEnding {
  readonly id: string;
  readonly durationUs: number;
  readonly firstChunkUs?: number | undefined;
  readonly failure?: { readonly error: unknown; readonly code: string } | undefined;
  readonly counted?: CountedTokens | undefined;
}

export function putCallEnd(
  { settings, outbox }: Destination,
  end: LlmEnd,
  ending: CallEnding,
): void {
  const { id, durationUs, firstChunkUs, failure, counted } = ending;
  const usage = given({
    prompt_tokens: countOf(end.promptTokens),
    completion_tokens: countOf(end.completionTokens),
  });
  const response = settings.storeResponses ? end.response : undefined;
  outbox.put({
    ...{ type: 'llm_call_end', llm_call_id: id },
    status: statusOf(end.status) ?? statusAfter(failure?.code),
    duration_us: wholeUs(durationUs),
    ...given({
      first_chunk_us: firstChunkUs === undefined ? undefined : wholeUs(firstChunkUs),
      error: failure && { code: failure.code, message: shownError(failure.error).message },
      usage: Object.keys(usage).length > 0 ? usage : undefined,
      finish_reason: labelOf(end.finishReason, 'finishReason'),
      http_status: httpStatusOf(end.httpStatus),
      streaming: typeof end.streaming === 'boolean' ? end.streaming : undefined,
      received_tokens: counted?.received,
      statistics: counted?.statistics,
      response: plainJson(response ?? counted?.response, bytesOfBodies),
      data: plainObject(end.metadata),
    }),
  });
}

const statusOf = (status: unknown): CallStatus | undefined =>
  callStatuses.find((known) => known === status);

function statusAfter(code: string | undefined): CallStatus {
  if (code === undefined) return 'completed';
  return statusOfCode[code] ?? 'failed';
}

const statusOfCode: Readonly<Record<string, CallStatus>> = {
  CLIENT_ABORT: 'aborted',
  TRUNCATED: 'truncated',
  INTERRUPTED: 'interrupted',
};

const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

const httpStatusOf = (value: unknown): number | undefined => {
  const status = countOf(value);
  return status !== undefined && status >= 100 && status <= 999 ? status : undefined;
};
