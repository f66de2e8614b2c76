/** Gemini's generateContent and streamGenerateContent: whole response objects, as events or in one list. */
import { TokenKind } from '../../model/tokens.js';
import { type JsonObject, countIn, memberOf, objectIn, objectsIn, textIn } from './json.js';
import { ModelOnce, errorParts, finishParts, modelParts, tokenParts, usageParts } from './parts.js';
import { isPostTo } from './requests.js';
import { eventsListOrWhole } from './sniffedResponse.js';
import type { JsonFormat, ValueReader } from './valueReader.js';
import type { ResponsePart, TokenMetadata } from './wireFormat.js';

class GeminiValues implements ValueReader {
  /** The end is the connection's close. */
  readonly endsWithTerminal = false;
  private readonly model = new ModelOnce();
  private hasFinished = false;
  /** Of each candidate: how many tool calls have begun. */
  private readonly toolCalls = new Map<number, number>();

  read(value: JsonObject): ResponsePart[] {
    const finish = finishOf(value);
    const errors = errorParts(value);
    if (finish.length > 0 || errors.length > 0) this.hasFinished = true;
    return [
      ...this.model.parts(value, 'modelVersion'),
      ...objectsIn(value, 'candidates').flatMap((candidate) => this.candidateParts(candidate)),
      ...finish,
      ...usageOf(value),
      ...errors,
    ];
  }

  end(): ResponsePart[] {
    return this.hasFinished ? [] : [{ part: 'notice', text: withoutFinish }];
  }

  private candidateParts(candidate: JsonObject): ResponsePart[] {
    const choice = countIn(candidate, 'index') ?? 0;
    const metadata: TokenMetadata = choice > 0 ? { choice } : {};
    return objectsIn(objectIn(candidate, 'content'), 'parts').flatMap((part) => {
      const kind = memberOf(part, 'thought') === true ? TokenKind.reasoning : TokenKind.text;
      const code = memberOf(objectIn(part, 'executableCode'), 'code');
      const output = memberOf(objectIn(part, 'codeExecutionResult'), 'output');
      return [
        ...tokenParts(kind, memberOf(part, 'text'), metadata),
        ...this.functionCallParts(objectIn(part, 'functionCall'), choice, metadata),
        ...tokenParts(TokenKind.toolArguments, code, metadata),
        ...tokenParts(TokenKind.other, output, metadata),
      ];
    });
  }

  /** Arguments come whole, or (on Vertex, if asked for) as values of their fields in pieces after the name. */
  private functionCallParts(
    call: JsonObject | undefined,
    choice: number,
    metadata: TokenMetadata,
  ): ResponsePart[] {
    const name = textIn(call, 'name');
    const begun = this.toolCalls.get(choice) ?? 0;
    if (name !== undefined) this.toolCalls.set(choice, begun + 1);
    const toolCall = name === undefined ? Math.max(0, begun - 1) : begun;
    const id = textIn(call, 'id');
    const input = objectIn(call, 'args');
    const ofCall = { ...metadata, toolCall };
    return [
      ...tokenParts(TokenKind.toolName, name, { ...ofCall, ...(id !== undefined && { id }) }),
      ...tokenParts(TokenKind.toolArguments, input && JSON.stringify(input), ofCall),
      ...objectsIn(call, 'partialArgs').flatMap((piece) =>
        tokenParts(TokenKind.toolArguments, valueOf(piece), ofCall),
      ),
    ];
  }
}

const withoutFinish = 'The response ended without a finish reason: it may have been cut.';

function valueOf(partial: JsonObject): string | undefined {
  const value = ['stringValue', 'numberValue', 'boolValue']
    .map((name) => memberOf(partial, name))
    .find((found) => found !== undefined);
  if (value === undefined) return memberOf(partial, 'nullValue') === undefined ? undefined : 'null';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A blocked prompt has no candidate that could say why. */
function finishOf(value: JsonObject): ResponsePart[] {
  return [
    ...objectsIn(value, 'candidates').flatMap((candidate) =>
      finishParts(memberOf(candidate, 'finishReason')),
    ),
    ...finishParts(memberOf(objectIn(value, 'promptFeedback'), 'blockReason')),
  ];
}

/** Thoughts are not among the candidates' tokens, but are generated ones. */
function usageOf(value: JsonObject): ResponsePart[] {
  const usage = objectIn(value, 'usageMetadata');
  const candidates = countIn(usage, 'candidatesTokenCount');
  const thoughts = countIn(usage, 'thoughtsTokenCount');
  return usageParts({
    promptTokens: countIn(usage, 'promptTokenCount'),
    completionTokens:
      candidates === undefined && thoughts === undefined
        ? undefined
        : (candidates ?? 0) + (thoughts ?? 0),
    cachedPromptTokens: countIn(usage, 'cachedContentTokenCount'),
    reasoningTokens: thoughts,
  });
}

const readers = {
  stream: () => new GeminiValues(),
  whole: (value: JsonObject) => [
    ...modelParts(value, 'modelVersion'),
    ...finishOf(value),
    ...usageOf(value),
  ],
};

const generate = /\/([^/]+):(streamG|g)enerateContent$/;

export const gemini: JsonFormat = {
  name: 'gemini',
  provider: 'gemini',
  ...readers,
  recognises: (request) => isPostTo(request, generate),
  recognisesResponse: (value) =>
    Array.isArray(memberOf(value, 'candidates')) || objectIn(value, 'usageMetadata') !== undefined,
  request: ({ path }) => {
    const [, model, action] = generate.exec(path) ?? [];
    return { model: model ?? null, streaming: action === 'streamG' };
  },
  response: (start) => eventsListOrWhole(start, readers),
};
