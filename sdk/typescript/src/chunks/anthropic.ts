/** The events of Anthropic's Messages. */
import {
  type ChunkFacts,
  type ChunkToken,
  type Fields,
  countIn,
  fieldsIn,
  textIn,
  token,
} from './chunk.js';

const toolBlocks = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use']);

/** Undefined: it is none of them. */
export function anthropicEvent(event: Fields, type: string): ChunkFacts | undefined {
  switch (type) {
    case 'message_start': {
      const usage = fieldsIn(fieldsIn(event, 'message'), 'usage');
      return { tokens: [], promptTokens: promptTokensOf(usage) };
    }
    case 'content_block_start':
      return { tokens: blockTokens(event, fieldsIn(event, 'content_block')) };
    case 'content_block_delta':
      return { tokens: deltaTokens(event, fieldsIn(event, 'delta')) };
    case 'message_delta':
      return {
        tokens: [],
        finishReason: textIn(fieldsIn(event, 'delta'), 'stop_reason'),
        completionTokens: countIn(fieldsIn(event, 'usage'), 'output_tokens'),
      };
    case 'content_block_stop':
    case 'message_stop':
    case 'ping':
      return { tokens: [] };
    default:
      return undefined;
  }
}

function blockTokens(event: Fields, block: Fields | undefined): ChunkToken[] {
  if (toolBlocks.has(textIn(block, 'type') ?? '')) {
    const id = textIn(block, 'id');
    return token(textIn(block, 'name'), 'tool_name', { ...toolCallOf(event), ...(id && { id }) });
  }
  return [...token(textIn(block, 'text')), ...token(textIn(block, 'thinking'), 'reasoning')];
}

function deltaTokens(event: Fields, delta: Fields | undefined): ChunkToken[] {
  switch (textIn(delta, 'type')) {
    case 'text_delta':
      return token(textIn(delta, 'text'));
    case 'thinking_delta':
      return token(textIn(delta, 'thinking'), 'reasoning');
    case 'input_json_delta':
      return token(textIn(delta, 'partial_json'), 'tool_arguments', toolCallOf(event));
    default:
      return [];
  }
}

const toolCallOf = (event: Fields) => ({ toolCall: countIn(event, 'index') ?? 0 });

/** `input_tokens` does not count what was read from or written to the cache. */
function promptTokensOf(usage: Fields | undefined): number | undefined {
  const input = countIn(usage, 'input_tokens');
  if (input === undefined) return undefined;
  const read = countIn(usage, 'cache_read_input_tokens') ?? 0;
  return input + read + (countIn(usage, 'cache_creation_input_tokens') ?? 0);
}
