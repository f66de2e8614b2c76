/** What LangChain knows of a call when it is over. */
import type { LlmEnd } from '../api.js';
import { type Fields, fieldsOf, firstCount, firstText, given, isFields, listOf } from './fields.js';
import { plainValue } from './plainValue.js';

/** @param output LangChain's LLMResult, of one prompt */
export function endOf(output: unknown, hasStreamed: boolean): LlmEnd {
  const result = fieldsOf(output);
  const generations = listOf(listOf(result['generations'])[0]).map(fieldsOf);
  const first = generations[0] ?? {};
  return given({
    finishReason: finishReasonOf(first),
    ...usageOf(fieldsOf(result['llmOutput']), fieldsOf(first['message'])),
    ...(hasStreamed ? {} : { streaming: false, response: responseOf(generations) }),
  });
}

function finishReasonOf(generation: Fields): string | undefined {
  const info = fieldsOf(generation['generationInfo']);
  const message = fieldsOf(generation['message']);
  const metadata = fieldsOf(message['response_metadata']);
  return firstText(
    ...[info['finish_reason'], info['finishReason'], metadata['finish_reason']],
    ...[metadata['finishReason'], metadata['stop_reason'], metadata['done_reason']],
    // Of Anthropic's streams.
    fieldsOf(message['additional_kwargs'])['stop_reason'],
    // OpenAI's Responses have none, but a status.
    fieldsOf(metadata['incomplete_details'])['reason'],
    metadata['status'],
  );
}

/** `estimatedTokenUsage` is no count: left out. */
function usageOf(llmOutput: Fields, message: Fields): Pick<LlmEnd, UsageName> {
  const ofMessage = fieldsOf(message['usage_metadata']);
  const ofOutput = fieldsOf(llmOutput['tokenUsage']);
  const asSent = fieldsOf(llmOutput['usage']);
  const promptTokens = firstCount(
    ...[ofOutput['promptTokens'], ofMessage['input_tokens'], asSent['input_tokens']],
  );
  const completionTokens = firstCount(
    ...[ofOutput['completionTokens'], ofMessage['output_tokens'], asSent['output_tokens']],
  );
  // Where the provider told nothing, some integrations say 0.
  return promptTokens || completionTokens ? given({ promptTokens, completionTokens }) : {};
}

type UsageName = 'promptTokens' | 'completionTokens';

/** The text, where it is nothing but text; else the message. */
function responseOf(generations: readonly Fields[]): unknown {
  const responses = generations.map(({ message, text }) => {
    if (!isFields(message)) return text;
    const isText = typeof message['content'] === 'string' && message['content'] !== '';
    const isAll = isText && listOf(message['tool_calls']).length === 0;
    return isAll ? message['content'] : plainValue(message);
  });
  return responses.length > 1 ? responses : responses[0];
}

/** LangChain and its integrations say that a call was aborted in words of their own. */
export const isAbortError = (error: unknown): boolean =>
  [fieldsOf(error)['name'], fieldsOf(error)['message']].some(
    (word) =>
      typeof word === 'string' &&
      /^(Model)?Abort(Error|ed)?$|^(This|The) operation was aborted|^Request was aborted/.test(
        word,
      ),
  );

/** Undefined: as any error. @param isAbort by the agent, whose reason may be anything */
export function codeOfError(error: unknown, isAbort = false): string | undefined {
  if (fieldsOf(error)['name'] === 'TimeoutError') return 'TIMEOUT';
  return isAbort || isAbortError(error) ? 'CLIENT_ABORT' : undefined;
}

export function httpStatusOf(error: unknown): number | undefined {
  const { status, statusCode, status_code } = fieldsOf(error);
  return [status, statusCode, status_code].find(
    (code): code is number => Number.isInteger(code) && Number(code) >= 100 && Number(code) <= 999,
  );
}
