/** OpenAI Chat Completions, and what imitates them: vLLM, llama.cpp, OpenRouter, LiteLLM, Azure, Ollama, … */
import { TokenKind } from '../../model/tokens.js';
import {
  type JsonObject,
  asObject,
  countIn,
  memberOf,
  objectIn,
  objectsIn,
  textIn,
} from './json.js';
import { CompletionValues, completionFacts } from './openaiCompletions.js';
import { errorParts, finishParts, logprobsIn, tokenParts } from './parts.js';
import { isPostTo, openaiFacts } from './requests.js';
import { eventsOrWhole } from './sniffedResponse.js';
import type { JsonFormat } from './valueReader.js';
import type { ResponsePart, TokenMetadata } from './wireFormat.js';

function choiceParts(choice: JsonObject): ResponsePart[] {
  const delta = objectIn(choice, 'delta');
  const index = countIn(choice, 'index') ?? 0;
  const metadata: TokenMetadata = index > 0 ? { choice: index } : {};
  return [
    ...(delta === undefined ? [] : deltaParts(delta, objectIn(choice, 'logprobs'), metadata)),
    ...finishParts(memberOf(choice, 'finish_reason')),
    ...errorParts(choice),
  ];
}

function deltaParts(
  delta: JsonObject,
  logprobs: JsonObject | undefined,
  metadata: TokenMetadata,
): ResponsePart[] {
  const ofContent = logprobsIn(logprobs, 'content');
  const ofRefusal = logprobsIn(logprobs, 'refusal');
  return [
    ...tokenParts(TokenKind.reasoning, reasoningOf(delta), metadata),
    ...contentParts(memberOf(delta, 'content'), metadata, ofContent),
    ...tokenParts(
      TokenKind.refusal,
      memberOf(delta, 'refusal'),
      { ...metadata, ...ofRefusal.metadata },
      ofRefusal.vocabularyTokens,
    ),
    ...tokenParts(
      TokenKind.audioTranscript,
      memberOf(objectIn(delta, 'audio'), 'transcript'),
      metadata,
    ),
    ...objectsIn(delta, 'tool_calls').flatMap((call) => toolCallParts(call, metadata)),
    ...functionParts(objectIn(delta, 'function_call'), { ...metadata, toolCall: 0 }),
  ];
}

/** Servers that give several of these repeat the same text in them. */
function reasoningOf(delta: JsonObject): string | undefined {
  return (
    textIn(delta, 'reasoning_content') ??
    textIn(delta, 'reasoning') ??
    objectsIn(delta, 'reasoning_details')
      .map((detail) => textIn(detail, 'text') ?? textIn(detail, 'summary') ?? '')
      .join('')
  );
}

function contentParts(
  content: unknown,
  metadata: TokenMetadata,
  logprobs: ReturnType<typeof logprobsIn>,
): ResponsePart[] {
  if (Array.isArray(content)) {
    return content.flatMap((piece: unknown) => contentPieceParts(asObject(piece), metadata));
  }
  return tokenParts(
    TokenKind.text,
    content,
    { ...metadata, ...logprobs.metadata },
    logprobs.vocabularyTokens,
  );
}

/** Mistral's reasoning models send a list of pieces instead of a text. */
function contentPieceParts(piece: JsonObject | undefined, metadata: TokenMetadata): ResponsePart[] {
  const thinking = objectsIn(piece, 'thinking').map((thought) => textIn(thought, 'text') ?? '');
  return [
    ...tokenParts(TokenKind.reasoning, thinking.join(''), metadata),
    ...tokenParts(TokenKind.text, memberOf(piece, 'text'), metadata),
  ];
}

function toolCallParts(call: JsonObject, metadata: TokenMetadata): ResponsePart[] {
  const id = textIn(call, 'id');
  const toolCall = countIn(call, 'index') ?? 0;
  const called = objectIn(call, 'function') ?? objectIn(call, 'custom');
  return functionParts(called, { ...metadata, toolCall, ...(id !== undefined && { id }) });
}

/** The id stands with the first piece only. */
function functionParts(called: JsonObject | undefined, metadata: TokenMetadata): ResponsePart[] {
  const name = tokenParts(TokenKind.toolName, memberOf(called, 'name'), metadata);
  const text = memberOf(called, 'arguments') ?? memberOf(called, 'input');
  const { id, ...others } = metadata;
  const withId = name.length > 0 || id === undefined ? others : metadata;
  return [...name, ...tokenParts(TokenKind.toolArguments, text, withId)];
}

const readers = { stream: () => new CompletionValues(choiceParts), whole: completionFacts };

export const openaiChat: JsonFormat = {
  name: 'openai-chat',
  provider: 'openai',
  ...readers,
  recognises: (request) => isPostTo(request, /\/chat\/completions$/),
  recognisesResponse: (value) =>
    memberOf(value, 'object') === 'chat.completion.chunk' ||
    objectsIn(value, 'choices').some(
      (choice) =>
        objectIn(choice, 'delta') !== undefined || objectIn(choice, 'message') !== undefined,
    ),
  request: openaiFacts,
  response: (start) => eventsOrWhole(start, readers),
};
