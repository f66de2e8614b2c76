/** Anthropic Messages: named events, blocks of content. */
import { TokenKind } from '../../model/tokens.js';
import { type JsonObject, countIn, memberOf, objectIn, textIn } from './json.js';
import { ModelOnce, errorParts, finishParts, modelParts, tokenParts, usageParts } from './parts.js';
import { bodyFacts, isPostTo, segmentAfter } from './requests.js';
import { eventsOrWhole } from './sniffedResponse.js';
import type { JsonFormat, ValueReader } from './valueReader.js';
import type { ResponsePart, TokenMetadata } from './wireFormat.js';

const toolBlocks = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use']);

/** The block of content that is open. */
interface Block {
  readonly type: string;
  /** Of a tool call that came whole. */
  readonly input: JsonObject | undefined;
  hasContent: boolean;
  isSigned: boolean;
}

class MessageValues implements ValueReader {
  readonly endsWithTerminal = true;
  private readonly model = new ModelOnce();
  private block: Block | undefined;
  private saidOmitted = false;

  read(value: JsonObject): ResponsePart[] {
    switch (memberOf(value, 'type')) {
      case 'message_start':
        return this.messageStartParts(objectIn(value, 'message'));
      case 'content_block_start':
        return this.blockStartParts(value, objectIn(value, 'content_block'));
      case 'content_block_delta':
        return this.deltaParts(value, objectIn(value, 'delta'));
      case 'content_block_stop':
        return this.blockStopParts(value);
      case 'message_delta':
        return [
          ...finishParts(memberOf(objectIn(value, 'delta'), 'stop_reason')),
          ...messageUsageParts(value),
        ];
      case 'message_stop':
        return [{ part: 'terminal' }];
      case 'ping':
        return [{ part: 'ping' }];
      default:
        return errorParts(value);
    }
  }

  /** Its count of output tokens is a beginning and no result: a stream that is cut would keep it. */
  private messageStartParts(message: JsonObject | undefined): ResponsePart[] {
    const usage = objectIn(message, 'usage');
    return [...this.model.parts(message), ...usageParts(promptCounts(usage))];
  }

  private blockStartParts(value: JsonObject, content: JsonObject | undefined): ResponsePart[] {
    const type = textIn(content, 'type') ?? '';
    const isTool = toolBlocks.has(type);
    this.block = {
      type,
      input: isTool ? objectIn(content, 'input') : undefined,
      hasContent: false,
      isSigned: false,
    };
    if (isTool) {
      const id = textIn(content, 'id');
      const metadata = { ...toolMetadata(value), ...(id !== undefined && { id }) };
      return tokenParts(TokenKind.toolName, memberOf(content, 'name'), metadata);
    }
    return this.contentParts([
      ...tokenParts(TokenKind.text, memberOf(content, 'text')),
      ...tokenParts(TokenKind.reasoning, memberOf(content, 'thinking')),
    ]);
  }

  private deltaParts(value: JsonObject, delta: JsonObject | undefined): ResponsePart[] {
    switch (memberOf(delta, 'type')) {
      case 'text_delta':
        return this.contentParts(tokenParts(TokenKind.text, memberOf(delta, 'text')));
      case 'thinking_delta':
        return this.contentParts(tokenParts(TokenKind.reasoning, memberOf(delta, 'thinking')));
      case 'input_json_delta': {
        const text = memberOf(delta, 'partial_json');
        return this.contentParts(tokenParts(TokenKind.toolArguments, text, toolMetadata(value)));
      }
      case 'signature_delta':
        if (this.block !== undefined) this.block.isSigned = true;
        return [];
      // Citations point to a source: they are not generated text.
      default:
        return [];
    }
  }

  private blockStopParts(value: JsonObject): ResponsePart[] {
    const { block } = this;
    this.block = undefined;
    if (block === undefined || block.hasContent) return [];
    if (block.type === 'thinking' && block.isSigned && !this.saidOmitted) {
      this.saidOmitted = true;
      return [{ part: 'notice', text: omittedThinking }];
    }
    const { input } = block;
    if (input === undefined || Object.keys(input).length === 0) return [];
    return tokenParts(TokenKind.toolArguments, JSON.stringify(input), toolMetadata(value));
  }

  private contentParts(parts: ResponsePart[]): ResponsePart[] {
    if (this.block !== undefined && parts.length > 0) this.block.hasContent = true;
    return parts;
  }
}

const omittedThinking =
  'The provider left out the text of the thinking: a silence before the next token is not necessarily a stall.';

function toolMetadata(value: JsonObject): TokenMetadata {
  return { toolCall: countIn(value, 'index') ?? 0 };
}

/** `input_tokens` does not count what was read from or written to the cache; the whole prompt does. */
function promptCounts(usage: JsonObject | undefined): {
  readonly promptTokens: number | undefined;
  readonly cachedPromptTokens: number | undefined;
} {
  const input = countIn(usage, 'input_tokens');
  const read = countIn(usage, 'cache_read_input_tokens');
  const written = countIn(usage, 'cache_creation_input_tokens') ?? 0;
  return {
    promptTokens: input === undefined ? undefined : input + (read ?? 0) + written,
    cachedPromptTokens: read,
  };
}

function messageUsageParts(value: JsonObject): ResponsePart[] {
  const usage = objectIn(value, 'usage');
  return usageParts({
    ...promptCounts(usage),
    completionTokens: countIn(usage, 'output_tokens'),
    reasoningTokens: countIn(objectIn(usage, 'output_tokens_details'), 'thinking_tokens'),
  });
}

const readers = {
  stream: () => new MessageValues(),
  whole: (value: JsonObject) => [
    ...modelParts(value),
    ...finishParts(memberOf(value, 'stop_reason')),
    ...messageUsageParts(value),
  ],
};

/** On Vertex the model is in the path. */
const vertexPath = /\/anthropic\/models\/[^/]+:(streamR|r)awPredict$/;

export const anthropicMessages: JsonFormat = {
  name: 'anthropic-messages',
  provider: 'anthropic',
  ...readers,
  // "/threads/…/messages" is another API's.
  recognises: (request) =>
    isPostTo(request, /(^|\/v\d+)\/messages$/) || isPostTo(request, vertexPath),
  recognisesResponse: (value) =>
    memberOf(value, 'type') === 'message_start' ||
    (memberOf(value, 'type') === 'message' && memberOf(value, 'role') === 'assistant'),
  request: (request) => {
    const facts = bodyFacts(request);
    const model = segmentAfter(request.path, 'models')?.split(':')[0] ?? null;
    return {
      model: facts.model ?? model,
      streaming: facts.streaming || request.path.includes(':streamRawPredict'),
    };
  },
  response: (start) => eventsOrWhole(start, readers),
};
