/** How formats build the parts of a response. */
import type { TokenKind } from '../../model/tokens.js';
import { errorOfValue } from './errorCodes.js';
import { type JsonObject, countIn, memberOf, objectIn, objectsIn, textIn } from './json.js';
import type { ResponsePart, TokenMetadata, UsagePart } from './wireFormat.js';

/** A list with the token, or without one where there is no text. */
export function tokenParts(
  kind: TokenKind,
  text: unknown,
  metadata: TokenMetadata = {},
  vocabularyTokens?: number,
): ResponsePart[] {
  if (typeof text !== 'string' || text === '') return [];
  return [
    {
      part: 'token',
      kind,
      text,
      ...(Object.keys(metadata).length > 0 && { metadata }),
      ...(vocabularyTokens !== undefined && { vocabularyTokens }),
    },
  ];
}

export function modelParts(value: unknown, name = 'model'): ResponsePart[] {
  const model = textIn(value, name);
  return model === undefined ? [] : [{ part: 'model', model }];
}

export function finishParts(reason: unknown): ResponsePart[] {
  return typeof reason === 'string' && reason !== '' ? [{ part: 'finish', reason }] : [];
}

/** For errors inside a response of status 200. */
export function errorParts(value: JsonObject): ResponsePart[] {
  const error = errorOfValue(value);
  return error === undefined ? [] : [{ part: 'error', ...error }];
}

/** Without the counts that are not known; nothing when none is. */
export function usageParts(counts: {
  readonly [Name in keyof Omit<UsagePart, 'part'>]: number | undefined;
}): ResponsePart[] {
  const known = Object.entries(counts).filter(([, count]) => count !== undefined);
  return known.length === 0 ? [] : [{ part: 'usage', ...Object.fromEntries(known) }];
}

/** Usage as OpenAI's completions and all that imitate them say it. */
export function completionUsageParts(value: JsonObject): ResponsePart[] {
  const usage = objectIn(value, 'usage') ?? objectIn(objectIn(value, 'x_groq'), 'usage');
  if (usage === undefined) return [];
  return usageParts({
    promptTokens: countIn(usage, 'prompt_tokens'),
    completionTokens: countIn(usage, 'completion_tokens'),
    cachedPromptTokens: countIn(objectIn(usage, 'prompt_tokens_details'), 'cached_tokens'),
    reasoningTokens: countIn(objectIn(usage, 'completion_tokens_details'), 'reasoning_tokens'),
  });
}

export interface Logprobs {
  readonly metadata: Pick<TokenMetadata, 'logprob'>;
  readonly vocabularyTokens?: number;
}

/** Of a list of `{token, logprob, …}`, as OpenAI and Ollama send it. */
export function logprobsIn(value: unknown, name: string): Logprobs {
  return logprobsOf(objectsIn(value, name).map((entry) => memberOf(entry, 'logprob')));
}

export function logprobsOf(values: readonly unknown[]): Logprobs {
  const numbers = values.filter((value) => typeof value === 'number');
  const [first] = numbers;
  if (first === undefined) return { metadata: {} };
  return {
    metadata: { logprob: numbers.length === 1 ? first : numbers },
    vocabularyTokens: numbers.length,
  };
}

/** The same model in every chunk is said once. */
export class ModelOnce {
  private last: string | undefined;

  parts(value: unknown, name = 'model'): ResponsePart[] {
    const model = textIn(value, name);
    if (model === undefined || model === this.last) return [];
    this.last = model;
    return [{ part: 'model', model }];
  }
}
