/** The parts of the AI SDK's `fullStream`, of its versions 4 and later. */
import { type ChunkFacts, type Fields, countIn, fieldsIn, textIn, token } from './chunk.js';

export class AiSdkParts {
  /** Tool calls whose arguments came in pieces: they are repeated as a whole. */
  private readonly streamedCalls = new Set<string>();

  /** Undefined: it is none of them. */
  read(part: Fields, type: string): ChunkFacts | undefined {
    switch (type) {
      case 'text-delta':
        return { tokens: token(deltaOf(part)) };
      case 'reasoning':
      case 'reasoning-delta':
        return { tokens: token(deltaOf(part), 'reasoning') };
      case 'tool-input-start':
      case 'tool-call-streaming-start':
        return { tokens: this.toolNameTokens(part) };
      case 'tool-input-delta':
      case 'tool-call-delta':
        return { tokens: token(deltaOf(part), 'tool_arguments', toolCallOf(part)) };
      case 'tool-call':
        return { tokens: this.wholeCallTokens(part) };
      case 'finish':
        return finishFacts(part);
      case 'error':
        return { tokens: [], error: part['error'] ?? 'The stream reported an error.' };
      case 'abort':
        return { tokens: [], error: { name: 'AbortError', message: 'The call was aborted.' } };
      default:
        return undefined;
    }
  }

  private toolNameTokens(part: Fields) {
    this.streamedCalls.add(idOf(part) ?? '');
    return token(textIn(part, 'toolName'), 'tool_name', toolCallOf(part));
  }

  private wholeCallTokens(part: Fields) {
    if (this.streamedCalls.has(idOf(part) ?? '')) return [];
    const input = part['input'] ?? part['args'];
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    return [
      ...token(textIn(part, 'toolName'), 'tool_name', toolCallOf(part)),
      ...token(text, 'tool_arguments', toolCallOf(part)),
    ];
  }
}

const deltaOf = (part: Fields): string | undefined =>
  ['text', 'delta', 'textDelta', 'inputTextDelta', 'argsTextDelta']
    .map((name) => textIn(part, name))
    .find((text) => text !== undefined);

const idOf = (part: Fields): string | undefined => textIn(part, 'toolCallId') ?? textIn(part, 'id');

function toolCallOf(part: Fields): Fields {
  const id = idOf(part);
  return id === undefined ? {} : { id };
}

function finishFacts(part: Fields): ChunkFacts {
  const usage = fieldsIn(part, 'totalUsage') ?? fieldsIn(part, 'usage');
  return {
    tokens: [],
    finishReason: textIn(part, 'finishReason') ?? 'other',
    promptTokens: countIn(usage, 'inputTokens') ?? countIn(usage, 'promptTokens'),
    completionTokens: countIn(usage, 'outputTokens') ?? countIn(usage, 'completionTokens'),
  };
}
