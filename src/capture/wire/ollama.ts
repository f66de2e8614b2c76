/** Ollama's own API: /api/chat and /api/generate, lines of JSON. */
import { TokenKind } from '../../model/tokens.js';
import { type JsonObject, countIn, memberOf, objectIn, objectsIn, textIn } from './json.js';
import {
  ModelOnce,
  errorParts,
  finishParts,
  logprobsIn,
  modelParts,
  tokenParts,
  usageParts,
} from './parts.js';
import { bodyFacts, isPostTo } from './requests.js';
import { linesOrWhole } from './sniffedResponse.js';
import type { JsonFormat, ValueReader } from './valueReader.js';
import type { ResponsePart } from './wireFormat.js';

class OllamaValues implements ValueReader {
  /** The line with `done: true`. */
  readonly endsWithTerminal = true;
  private readonly model = new ModelOnce();
  private toolCalls = 0;

  read(value: JsonObject): ResponsePart[] {
    const message = objectIn(value, 'message') ?? value;
    const thinking = textIn(message, 'thinking');
    const text = textIn(message, 'content') ?? textIn(value, 'response');
    const { metadata, vocabularyTokens } = logprobsIn(value, 'logprobs');
    // A line that bears both has one list for both: the counts are of the first.
    const ofThinking = thinking !== undefined;
    return [
      ...this.model.parts(value),
      ...tokenParts(TokenKind.reasoning, thinking, metadata, vocabularyTokens),
      ...(ofThinking
        ? tokenParts(TokenKind.text, text)
        : tokenParts(TokenKind.text, text, metadata, vocabularyTokens)),
      ...objectsIn(message, 'tool_calls').flatMap((call) => this.toolCallParts(call)),
      ...errorParts(value),
      ...(memberOf(value, 'done') === true ? [...endParts(value), terminal] : []),
    ];
  }

  /** Every call comes whole, its arguments as an object. */
  private toolCallParts(call: JsonObject): ResponsePart[] {
    const called = objectIn(call, 'function');
    const id = textIn(call, 'id');
    const toolCall = this.toolCalls++;
    const input = memberOf(called, 'arguments');
    return [
      ...tokenParts(TokenKind.toolName, memberOf(called, 'name'), {
        toolCall,
        ...(id !== undefined && { id }),
      }),
      ...(input === undefined
        ? []
        : tokenParts(TokenKind.toolArguments, JSON.stringify(input), { toolCall })),
    ];
  }
}

const terminal: ResponsePart = { part: 'terminal' };

function endParts(value: JsonObject): ResponsePart[] {
  return [
    ...finishParts(memberOf(value, 'done_reason')),
    ...usageParts({
      promptTokens: countIn(value, 'prompt_eval_count'),
      completionTokens: countIn(value, 'eval_count'),
    }),
  ];
}

const readers = {
  stream: () => new OllamaValues(),
  whole: (value: JsonObject) => [...modelParts(value), ...endParts(value)],
};

export const ollama: JsonFormat = {
  name: 'ollama',
  provider: 'ollama',
  ...readers,
  // Other servers have an /api/chat too; Ollama's needs a model.
  recognises: (request) =>
    isPostTo(request, /\/api\/(chat|generate)$/) &&
    (request.body === undefined || textIn(request.body, 'model') !== undefined),
  recognisesResponse: (value) =>
    typeof memberOf(value, 'done') === 'boolean' && typeof memberOf(value, 'model') === 'string',
  // It streams unless it is told not to.
  request: (request) => ({
    ...bodyFacts(request),
    streaming: memberOf(request.body, 'stream') !== false,
  }),
  response: (start) => linesOrWhole(start, readers),
};
