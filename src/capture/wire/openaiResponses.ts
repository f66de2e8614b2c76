/** OpenAI Responses: typed events, numbered. */
import { TokenKind } from '../../model/tokens.js';
import { type JsonObject, countIn, memberOf, objectIn, textIn } from './json.js';
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
import { SequenceGaps } from './sequenceGaps.js';
import { eventsOrWhole } from './sniffedResponse.js';
import type { JsonFormat, ValueReader } from './valueReader.js';
import type { ResponsePart, TokenMetadata } from './wireFormat.js';

/** Content by the name between "response." and ".delta" or ".done", and the field of the `.done` event. */
const contents: Readonly<Record<string, { readonly kind: TokenKind; readonly whole: string }>> = {
  output_text: { kind: TokenKind.text, whole: 'text' },
  refusal: { kind: TokenKind.refusal, whole: 'refusal' },
  reasoning_text: { kind: TokenKind.reasoning, whole: 'text' },
  reasoning_summary_text: { kind: TokenKind.reasoning, whole: 'text' },
  function_call_arguments: { kind: TokenKind.toolArguments, whole: 'arguments' },
  custom_tool_call_input: { kind: TokenKind.toolArguments, whole: 'input' },
  mcp_call_arguments: { kind: TokenKind.toolArguments, whole: 'arguments' },
  code_interpreter_call_code: { kind: TokenKind.toolArguments, whole: 'code' },
  'audio.transcript': { kind: TokenKind.audioTranscript, whole: 'text' },
};
/** Bytes and not text. */
const withoutText = new Set(['audio']);

class ResponsesValues implements ValueReader {
  readonly endsWithTerminal = true;
  private readonly model = new ModelOnce();
  private readonly gaps = new SequenceGaps();
  /** What has come in pieces: its `.done` event repeats it. */
  private readonly streamed = new Set<string>();

  read(value: JsonObject): ResponsePart[] {
    return [
      ...this.gaps.parts(countIn(value, 'sequence_number')),
      ...this.eventParts(value, textIn(value, 'type') ?? ''),
    ];
  }

  private eventParts(value: JsonObject, type: string): ResponsePart[] {
    const [, content, change] = /^response\.(.+)\.(delta|done)$/.exec(type) ?? [];
    if (content !== undefined && change === 'delta') return this.deltaParts(value, content);
    if (content === 'output_item') return this.itemDoneParts(value);
    if (content !== undefined) return this.doneParts(value, content);
    if (type === 'response.output_item.added') return toolNameParts(value);
    if (type === 'keepalive') return [{ part: 'ping' }];
    const response = objectIn(value, 'response');
    if (response === undefined) return errorParts(value);
    return [...this.model.parts(response), ...endParts(type, response)];
  }

  private deltaParts(value: JsonObject, content: string): ResponsePart[] {
    if (withoutText.has(content)) return [];
    const { kind } = contents[content] ?? { kind: TokenKind.other };
    const { metadata, vocabularyTokens } = logprobsIn(value, 'logprobs');
    this.streamed.add(placeOf(value, content));
    return tokenParts(
      kind,
      memberOf(value, 'delta'),
      { ...toolMetadata(value, kind), ...metadata },
      vocabularyTokens,
    );
  }

  /** Some models send a whole and no pieces. */
  private doneParts(value: JsonObject, content: string): ResponsePart[] {
    const known = contents[content];
    if (known === undefined || this.streamed.has(placeOf(value, content))) return [];
    this.streamed.add(placeOf(value, content));
    return tokenParts(known.kind, memberOf(value, known.whole), toolMetadata(value, known.kind));
  }

  private itemDoneParts(value: JsonObject): ResponsePart[] {
    const item = objectIn(value, 'item');
    const content = argumentsOfItem[textIn(item, 'type') ?? ''];
    if (content === undefined || item === undefined) return [];
    return this.doneParts({ ...item, output_index: memberOf(value, 'output_index') }, content);
  }
}

const argumentsOfItem: Readonly<Record<string, string>> = {
  function_call: 'function_call_arguments',
  custom_tool_call: 'custom_tool_call_input',
  mcp_call: 'mcp_call_arguments',
};

/** Names one content of one item. */
function placeOf(value: JsonObject, content: string): string {
  const part = countIn(value, 'content_index') ?? countIn(value, 'summary_index') ?? 0;
  return `${content} ${countIn(value, 'output_index') ?? 0} ${part}`;
}

function toolMetadata(value: JsonObject, kind: TokenKind): TokenMetadata {
  const isTool = kind === TokenKind.toolArguments || kind === TokenKind.toolName;
  return isTool ? { toolCall: countIn(value, 'output_index') ?? 0 } : {};
}

function toolNameParts(value: JsonObject): ResponsePart[] {
  const item = objectIn(value, 'item');
  const isCall = Object.hasOwn(argumentsOfItem, textIn(item, 'type') ?? '');
  if (!isCall) return [];
  const id = textIn(item, 'call_id') ?? textIn(item, 'id');
  const metadata = toolMetadata(value, TokenKind.toolName);
  return tokenParts(TokenKind.toolName, memberOf(item, 'name'), {
    ...metadata,
    ...(id !== undefined && { id }),
  });
}

const endings = new Set(['completed', 'incomplete', 'failed', 'cancelled']);

function endParts(type: string, response: JsonObject): ResponsePart[] {
  if (!endings.has(type.replace(/^response\./, ''))) return [];
  return [...resultParts(response), ...errorParts(response), { part: 'terminal' }];
}

/** There is no finish reason: why it is incomplete, else its status. */
function resultParts(response: JsonObject): ResponsePart[] {
  const usage = objectIn(response, 'usage');
  const details = objectIn(response, 'incomplete_details');
  return [
    ...finishParts(textIn(details, 'reason') ?? memberOf(response, 'status')),
    ...usageParts({
      promptTokens: countIn(usage, 'input_tokens'),
      completionTokens: countIn(usage, 'output_tokens'),
      cachedPromptTokens: countIn(objectIn(usage, 'input_tokens_details'), 'cached_tokens'),
      reasoningTokens: countIn(objectIn(usage, 'output_tokens_details'), 'reasoning_tokens'),
    }),
  ];
}

const readers = {
  stream: () => new ResponsesValues(),
  whole: (value: JsonObject) => [...modelParts(value), ...resultParts(value)],
};

export const openaiResponses: JsonFormat = {
  name: 'openai-responses',
  provider: 'openai',
  ...readers,
  recognises: (request) =>
    isPostTo(request, /\/responses$/) ||
    // A response that runs in the background is followed by its id.
    (request.method === 'GET' &&
      /\/responses\/[^/]+$/.test(request.path) &&
      request.query.get('stream') === 'true'),
  recognisesResponse: (value) =>
    memberOf(value, 'object') === 'response' ||
    (textIn(value, 'type')?.startsWith('response.') ?? false),
  request: (request) => {
    const facts = bodyFacts(request);
    return { ...facts, streaming: facts.streaming || request.query.get('stream') === 'true' };
  },
  response: (start) => eventsOrWhole(start, readers),
};
