/** OpenAI's chat and legacy completions, and what imitates them; and its Responses. */
import type { TokenKind } from '../wire.js';
import {
  type ChunkFacts,
  type ChunkToken,
  type Fields,
  countIn,
  fieldsIn,
  fieldsOf,
  listIn,
  textIn,
  token,
} from './chunk.js';

export function completionChunk(chunk: Fields): ChunkFacts {
  const choices = listIn(chunk, 'choices');
  const usage = fieldsIn(chunk, 'usage');
  return {
    tokens: choices.flatMap(choiceTokens),
    finishReason: choices.map((choice) => textIn(choice, 'finish_reason')).find(Boolean),
    promptTokens: countIn(usage, 'prompt_tokens'),
    completionTokens: countIn(usage, 'completion_tokens'),
  };
}

function choiceTokens(choice: Fields): ChunkToken[] {
  const index = countIn(choice, 'index') ?? 0;
  const metadata = index > 0 ? { choice: index } : {};
  const delta = fieldsIn(choice, 'delta');
  if (delta === undefined) return token(textIn(choice, 'text'), 'text', metadata);
  return [
    ...token(
      textIn(delta, 'reasoning_content') ?? textIn(delta, 'reasoning'),
      'reasoning',
      metadata,
    ),
    ...contentTokens(delta['content'], metadata),
    ...token(textIn(delta, 'refusal'), 'refusal', metadata),
    ...token(textIn(fieldsIn(delta, 'audio'), 'transcript'), 'audio_transcript', metadata),
    ...listIn(delta, 'tool_calls').flatMap((call) => toolCallTokens(call, metadata)),
    ...calledTokens(fieldsIn(delta, 'function_call'), undefined, { ...metadata, toolCall: 0 }),
  ];
}

/** Mistral's reasoning models send a list of pieces instead of a text. */
function contentTokens(content: unknown, metadata: Fields): ChunkToken[] {
  if (typeof content === 'string') return token(content, 'text', metadata);
  return listIn({ content }, 'content').flatMap((piece) => [
    ...listIn(piece, 'thinking').flatMap((thought) =>
      token(textIn(thought, 'text'), 'reasoning', metadata),
    ),
    ...token(textIn(piece, 'text'), 'text', metadata),
  ]);
}

function toolCallTokens(call: Fields, metadata: Fields): ChunkToken[] {
  const called = fieldsIn(call, 'function') ?? fieldsIn(call, 'custom');
  const toolCall = countIn(call, 'index') ?? 0;
  return calledTokens(called, textIn(call, 'id'), { ...metadata, toolCall });
}

function calledTokens(
  called: Fields | undefined,
  id: string | undefined,
  metadata: Fields,
): ChunkToken[] {
  return [
    ...token(textIn(called, 'name'), 'tool_name', { ...metadata, ...(id && { id }) }),
    ...token(textIn(called, 'arguments') ?? textIn(called, 'input'), 'tool_arguments', metadata),
  ];
}

const kindsOfDeltas: Readonly<Record<string, TokenKind>> = {
  output_text: 'text',
  refusal: 'refusal',
  reasoning_text: 'reasoning',
  reasoning_summary_text: 'reasoning',
  function_call_arguments: 'tool_arguments',
  custom_tool_call_input: 'tool_arguments',
  mcp_call_arguments: 'tool_arguments',
  code_interpreter_call_code: 'tool_arguments',
  'audio.transcript': 'audio_transcript',
};

const toolItems = new Set(['function_call', 'custom_tool_call', 'mcp_call']);

export function responsesEvent(event: Fields, type: string): ChunkFacts {
  const [, content] = /^response\.(.+)\.delta$/.exec(type) ?? [];
  if (content !== undefined) return { tokens: deltaTokens(event, kindsOfDeltas[content]) };
  if (type === 'response.output_item.added') return { tokens: toolNameTokens(event) };
  if (!/^response\.(completed|incomplete|failed|cancelled)$/.test(type)) return { tokens: [] };
  const response = fieldsIn(event, 'response');
  const usage = fieldsIn(response, 'usage');
  return {
    tokens: [],
    finishReason:
      textIn(fieldsIn(response, 'incomplete_details'), 'reason') ?? textIn(response, 'status'),
    promptTokens: countIn(usage, 'input_tokens'),
    completionTokens: countIn(usage, 'output_tokens'),
    error: fieldsOf(response?.['error']),
  };
}

function deltaTokens(event: Fields, kind: TokenKind | undefined): ChunkToken[] {
  if (kind === undefined) return [];
  const isTool = kind === 'tool_arguments';
  return token(textIn(event, 'delta'), kind, isTool ? toolCallOf(event) : {});
}

function toolNameTokens(event: Fields): ChunkToken[] {
  const item = fieldsIn(event, 'item');
  if (!toolItems.has(textIn(item, 'type') ?? '')) return [];
  const id = textIn(item, 'call_id') ?? textIn(item, 'id');
  return token(textIn(item, 'name'), 'tool_name', { ...toolCallOf(event), ...(id && { id }) });
}

const toolCallOf = (event: Fields) => ({ toolCall: countIn(event, 'output_index') ?? 0 });
