/** OpenAI's legacy completions: `choices[].text`. */
import { TokenKind } from '../../model/tokens.js';
import { type JsonObject, countIn, memberOf, objectIn, objectsIn } from './json.js';
import {
  ModelOnce,
  completionUsageParts,
  errorParts,
  finishParts,
  logprobsOf,
  modelParts,
  tokenParts,
} from './parts.js';
import { isPostTo, openaiFacts } from './requests.js';
import { eventsOrWhole } from './sniffedResponse.js';
import type { JsonFormat, ValueReader } from './valueReader.js';
import type { ResponsePart } from './wireFormat.js';

/** What chat and legacy completions have in common; they differ in their choices. */
export class CompletionValues implements ValueReader {
  /** "[DONE]" */
  readonly endsWithTerminal = true;
  private readonly model = new ModelOnce();

  constructor(private readonly choiceParts: (choice: JsonObject) => ResponsePart[]) {}

  read(value: JsonObject): ResponsePart[] {
    return [
      ...this.model.parts(value),
      ...objectsIn(value, 'choices').flatMap(this.choiceParts),
      ...completionUsageParts(value),
      ...errorParts(value),
    ];
  }
}

function choiceParts(choice: JsonObject): ResponsePart[] {
  const logprobs = memberOf(objectIn(choice, 'logprobs'), 'token_logprobs');
  const { metadata, vocabularyTokens } = logprobsOf(Array.isArray(logprobs) ? logprobs : []);
  const index = countIn(choice, 'index') ?? 0;
  const all = { ...(index > 0 && { choice: index }), ...metadata };
  return [
    ...tokenParts(TokenKind.text, memberOf(choice, 'text'), all, vocabularyTokens),
    ...finishParts(memberOf(choice, 'finish_reason')),
  ];
}

/** What a whole completion says, of chat as well. */
export function completionFacts(value: JsonObject): ResponsePart[] {
  return [
    ...modelParts(value),
    ...objectsIn(value, 'choices').flatMap((choice) =>
      finishParts(memberOf(choice, 'finish_reason')),
    ),
    ...completionUsageParts(value),
  ];
}

const readers = { stream: () => new CompletionValues(choiceParts), whole: completionFacts };

export const openaiCompletions: JsonFormat = {
  name: 'openai-completions',
  provider: 'openai',
  ...readers,
  recognises: (request) => isPostTo(request, /(?<!\/chat)\/completions$/),
  recognisesResponse: (value) =>
    objectsIn(value, 'choices').some((choice) => typeof memberOf(choice, 'text') === 'string'),
  request: openaiFacts,
  response: (start) => eventsOrWhole(start, readers),
};
