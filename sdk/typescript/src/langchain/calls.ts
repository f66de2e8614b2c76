/** Calls of chat and completion models. */
import { type LlmRequest, trace } from '../index.js';
import { type Fields, fieldsOf, firstText, given, listOf } from './fields.js';
import type { Piece } from './pieces.js';
import { plainValue } from './plainValue.js';
import { CallRecording, type Ending, type Recording } from './recordings.js';
import { codeOfError, endOf, httpStatusOf } from './results.js';
import { type Told, factsOf } from './runKind.js';

export function beginCall(
  told: Told,
  asked: Pick<LlmRequest, 'prompt' | 'messages'>,
  extraParams: unknown,
  parent: Recording['place'],
): Recording {
  const extra = fieldsOf(extraParams);
  const parameters = parametersOf(fieldsOf(extra['invocation_params']));
  const { metadata = {} } = told;
  const stream = trace.startLlmStream({
    ...asked,
    ...given({
      parent,
      name: told.runName,
      model: firstText(metadata['ls_model_name'], parameters?.['model'], parameters?.['modelName']),
      provider: firstText(metadata['ls_provider'])?.toLowerCase(),
      parameters,
      metadata: factsOf(told),
    }),
  });
  const call = new CallRecording(stream);
  return { place: stream, call, end: (ending) => endCall(call, ending) };
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

function endCall({ stream, hasStreamed }: CallRecording, ending: Ending): void {
  const { output, error, isAbandoned, isCached } = ending;
  if (isAbandoned) stream.end({ status: 'aborted' });
  else if (error === undefined) {
    stream.end({
      ...endOf(output, hasStreamed),
      ...(isCached ? { metadata: { cached: true } } : {}),
    });
  } else {
    stream.error(error, codeOfError(error));
    stream.end(given({ httpStatus: httpStatusOf(error) }));
  }
}

export const plainMessages = (messages: unknown): unknown =>
  plainValue(listOf(messages)[0] ?? messages);
