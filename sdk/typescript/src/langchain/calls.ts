/** Calls of chat and completion models. */
import { type LlmEnd, type LlmRequest, trace } from '../index.js';
import { type Fields, fieldsOf, firstCount, firstText, given, listOf } from './fields.js';
import type { Piece } from './pieces.js';
import { plainValue } from './plainValue.js';
import { CallRecording, type Ending, type Recording } from './recordings.js';
import { codeOfError, endOf, httpStatusOf } from './results.js';
import { type Told, factsOf } from './runKind.js';

export interface CallBeginning {
  readonly told: Told;
  readonly asked: Pick<LlmRequest, 'prompt' | 'messages'>;
  readonly extraParams: unknown;
  /** Called when the agent aborts: LangChain does not tell when nobody reads the stream any more. */
  readonly aborted: (ending: Ending) => void;
}

export function beginCall(
  { told, asked, extraParams, aborted }: CallBeginning,
  parent: Recording['place'],
): Recording {
  const extra = fieldsOf(extraParams);
  const parameters = parametersOf(fieldsOf(extra['invocation_params']));
  const { metadata } = told;
  const provider = firstText(metadata['ls_provider'])?.toLowerCase();
  const stream = trace.startLlmStream({
    ...asked,
    ...given({
      parent,
      name: told.runName,
      model: firstText(metadata['ls_model_name'], parameters?.['model'], parameters?.['modelName']),
      provider,
      parameters,
      metadata: factsOf(told),
    }),
  });
  const call = new CallRecording(stream, provider);
  const stopListening = whenAborted(fieldsOf(extra['options'])['signal'], aborted);
  return {
    place: stream,
    call,
    end: (ending) => {
      stopListening();
      endCall(call, ending);
    },
  };
}

function whenAborted(signal: unknown, aborted: (ending: Ending) => void): () => void {
  if (!(signal instanceof AbortSignal)) return () => undefined;
  const listener = (): void => aborted({ error: signal.reason ?? 'Aborted.', isAbort: true });
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Said elsewhere, or nothing for a trace. */
const notParameters = /^_|^(messages|prompt)$|(api_?key|headers|secret|credentials|password)$/i;

function parametersOf(invocation: Fields): Fields | undefined {
  const known = Object.entries(invocation).filter(
    ([name, value]) =>
      value !== undefined && typeof value !== 'function' && !notParameters.test(name),
  );
  return known.length === 0 ? undefined : fieldsOf(plainValue(Object.fromEntries(known)));
}

export function addPieces(call: CallRecording, pieces: readonly Piece[]): void {
  call.hasStreamed = true;
  // A role, a ping, or what the provider counted.
  if (pieces.length === 0) call.stream.firstChunk();
  for (const { text, ...options } of pieces) call.stream.addToken(text, options);
}

/** @param chunk of handleLLMNewToken */
export function noteUsage(call: CallRecording, chunk: unknown): void {
  const usage = fieldsOf(fieldsOf(fieldsOf(chunk)['message'])['usage_metadata']);
  call.newestCompletionTokens = firstCount(usage['output_tokens']) ?? call.newestCompletionTokens;
}

/** Anthropic counts from the beginning each time, and its integration adds all of that up. */
function ownCount({ provider, newestCompletionTokens }: CallRecording): LlmEnd {
  return provider === 'anthropic' ? given({ completionTokens: newestCompletionTokens }) : {};
}

function endCall(call: CallRecording, ending: Ending): void {
  const { stream, hasStreamed } = call;
  const { output, error, isAbandoned, isAbort, isCached } = ending;
  if (isAbandoned) stream.end({ status: 'aborted' });
  else if (error === undefined) {
    stream.end({
      ...endOf(output, hasStreamed),
      ...ownCount(call),
      ...(isCached ? { metadata: { cached: true } } : {}),
    });
  } else {
    stream.error(error, codeOfError(error, isAbort));
    stream.end(given({ httpStatus: httpStatusOf(error) }));
  }
}

export const plainMessages = (messages: unknown): unknown =>
  plainValue(listOf(messages)[0] ?? messages);
