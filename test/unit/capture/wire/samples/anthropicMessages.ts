import {
  type Sample,
  type TypedEvent,
  failure,
  finish,
  model,
  notice,
  ping,
  terminal,
  token,
  typedEvents,
  usage,
} from './sample.js';

const base = { path: '/v1/messages', contentType: 'text/event-stream' };
const ofModel = model('claude-sonnet-4-5');
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [],
  stop_reason: null,
  usage: {
    input_tokens: 10,
    cache_creation_input_tokens: 5,
    cache_read_input_tokens: 100,
    output_tokens: 1,
  },
};
const start: TypedEvent = { type: 'message_start', message };
const block = (index: number, content_block: object): TypedEvent => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, type: string, more: object): TypedEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type, ...more },
});
const stop = (index: number): TypedEvent => ({ type: 'content_block_stop', index });
const ending = (stop_reason: string): TypedEvent => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null },
  usage: { output_tokens: 42, output_tokens_details: { thinking_tokens: 30 } },
});
const counts = usage({ completionTokens: 42, reasoningTokens: 30 });
const prompt = usage({ promptTokens: 115, cachedPromptTokens: 100 });
const messageStop: TypedEvent = { type: 'message_stop' };

export const anthropicMessagesSamples: readonly Sample[] = [
  {
    ...base,
    name: 'thinking, text, citation, ping',
    body: typedEvents(
      start,
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      { type: 'ping' },
      delta(0, 'thinking_delta', { thinking: 'Let me' }),
      delta(0, 'signature_delta', { signature: 'EqQB' }),
      stop(0),
      block(1, { type: 'text', text: '' }),
      delta(1, 'text_delta', { text: 'Grüße' }),
      delta(1, 'citations_delta', { citation: { cited_text: 'x' } }),
      delta(1, 'text_delta', { text: ' 漢😀' }),
      stop(1),
      ending('end_turn'),
      messageStop,
    ),
    parts: [
      ofModel,
      prompt,
      ping,
      token('reasoning', 'Let me'),
      token('text', 'Grüße'),
      token('text', ' 漢😀'),
      finish('end_turn'),
      counts,
      terminal,
    ],
  },
  {
    ...base,
    name: 'thinking whose text is left out',
    body: typedEvents(
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, 'signature_delta', { signature: 'EqQB' }),
      stop(0),
      block(1, { type: 'redacted_thinking', data: 'EmwK' }),
      stop(1),
      block(2, { type: 'text', text: 'Hi' }),
    ),
    parts: [
      notice(
        'The provider left out the text of the thinking: a silence before the next token is not necessarily a stall.',
      ),
      token('text', 'Hi'),
    ],
  },
  {
    ...base,
    name: 'tool calls: in pieces, of the server, and one that came whole',
    body: typedEvents(
      start,
      block(0, { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }),
      delta(0, 'input_json_delta', { partial_json: '' }),
      delta(0, 'input_json_delta', { partial_json: '{"city":"Ky' }),
      delta(0, 'input_json_delta', { partial_json: 'ōto"}' }),
      stop(0),
      block(1, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
      stop(1),
      block(2, { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }),
      stop(2),
      block(3, { type: 'tool_use', id: 'toolu_2', name: 'time', input: { zone: 'UTC' } }),
      stop(3),
      ending('tool_use'),
      messageStop,
    ),
    parts: [
      ofModel,
      prompt,
      token('toolName', 'weather', { toolCall: 0, id: 'toolu_1' }),
      token('toolArguments', '{"city":"Ky', { toolCall: 0 }),
      token('toolArguments', 'ōto"}', { toolCall: 0 }),
      token('toolName', 'web_search', { toolCall: 1, id: 'srvtoolu_1' }),
      token('toolName', 'time', { toolCall: 3, id: 'toolu_2' }),
      token('toolArguments', '{"zone":"UTC"}', { toolCall: 3 }),
      finish('tool_use'),
      counts,
      terminal,
    ],
  },
  {
    ...base,
    name: 'an error in the stream',
    body: typedEvents(start, {
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
      request_id: 'req_1',
    }),
    parts: [ofModel, prompt, failure('LLM_ERROR', 'Overloaded')],
  },
  {
    ...base,
    name: 'a whole body',
    contentType: 'application/json',
    body: JSON.stringify({
      ...message,
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'max_tokens',
    }),
    parts: [
      ofModel,
      finish('max_tokens'),
      usage({ promptTokens: 115, cachedPromptTokens: 100, completionTokens: 1 }),
      terminal,
    ],
  },
  {
    ...base,
    name: 'an answer that is overloaded',
    contentType: 'application/json',
    status: 529,
    body: JSON.stringify({
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
      request_id: 'req_1',
    }),
    parts: [failure('LLM_ERROR', 'Overloaded')],
  },
];
