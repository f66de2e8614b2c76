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

const response = { id: 'resp_1', object: 'response', model: 'gpt-5', status: 'in_progress' };
const base = { path: '/v1/responses', contentType: 'text/event-stream' };
const created = { type: 'response.created', sequence_number: 0, response };
const usageOf = {
  input_tokens: 40,
  input_tokens_details: { cached_tokens: 32, cache_write_tokens: 0 },
  output_tokens: 12,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 52,
};
const counts = usage({
  promptTokens: 40,
  completionTokens: 12,
  cachedPromptTokens: 32,
  reasoningTokens: 5,
});
/** Numbers the events from 0. */
const numbered = (...values: readonly TypedEvent[]): string =>
  typedEvents(...values.map((value, position) => ({ ...value, sequence_number: position })));
const delta = (name: string, text: string, more: object = {}): TypedEvent => ({
  type: `response.${name}.delta`,
  item_id: 'item_1',
  output_index: 0,
  delta: text,
  ...more,
});

export const openaiResponsesSamples: readonly Sample[] = [
  {
    ...base,
    name: 'reasoning summary, text, usage',
    body: numbered(
      created,
      { type: 'response.in_progress', response },
      { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning' } },
      { type: 'response.reasoning_summary_part.added', output_index: 0, summary_index: 0 },
      delta('reasoning_summary_text', '**Looking**', { summary_index: 0, obfuscation: 'a1' }),
      {
        type: 'response.reasoning_summary_text.done',
        output_index: 0,
        summary_index: 0,
        text: '**Looking**',
      },
      delta('reasoning_text', 'hm', { content_index: 0 }),
      {
        type: 'response.output_item.added',
        output_index: 1,
        item: { type: 'message', role: 'assistant', content: [] },
      },
      delta('output_text', 'Grüße', { output_index: 1, content_index: 0, logprobs: [] }),
      delta('output_text', '!', {
        output_index: 1,
        content_index: 0,
        logprobs: [{ token: '!', logprob: -0.125, top_logprobs: [] }],
      }),
      {
        type: 'response.output_text.done',
        output_index: 1,
        content_index: 0,
        text: 'Grüße!',
        logprobs: [],
      },
      {
        type: 'response.output_item.done',
        output_index: 1,
        item: { type: 'message', content: [] },
      },
      {
        type: 'response.completed',
        response: { ...response, status: 'completed', usage: usageOf, error: null },
      },
    ),
    parts: [
      model('gpt-5'),
      token('reasoning', '**Looking**'),
      token('reasoning', 'hm'),
      token('text', 'Grüße'),
      token('text', '!', { logprob: -0.125 }, 1),
      finish('completed'),
      counts,
      terminal,
    ],
  },
  {
    ...base,
    name: 'tool calls: in pieces, whole, of other kinds',
    body: numbered(
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '' },
      },
      delta('function_call_arguments', '{"a":'),
      delta('function_call_arguments', '1}'),
      {
        type: 'response.function_call_arguments.done',
        output_index: 0,
        name: 'f',
        arguments: '{"a":1}',
      },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'function_call', name: 'f', arguments: '{"a":1}' },
      },
      {
        type: 'response.output_item.added',
        output_index: 1,
        item: { type: 'function_call', call_id: 'call_2', name: 'g' },
      },
      {
        type: 'response.function_call_arguments.done',
        output_index: 1,
        name: 'g',
        arguments: '{}',
      },
      {
        type: 'response.output_item.done',
        output_index: 2,
        item: { type: 'custom_tool_call', name: 'h', input: 'raw' },
      },
      delta('mcp_call_arguments', '{"m":1}', { output_index: 3 }),
      delta('code_interpreter_call_code', 'print(1)', { output_index: 4 }),
    ),
    parts: [
      token('toolName', 'f', { toolCall: 0, id: 'call_1' }),
      token('toolArguments', '{"a":', { toolCall: 0 }),
      token('toolArguments', '1}', { toolCall: 0 }),
      token('toolName', 'g', { toolCall: 1, id: 'call_2' }),
      token('toolArguments', '{}', { toolCall: 1 }),
      token('toolArguments', 'raw', { toolCall: 2 }),
      token('toolArguments', '{"m":1}', { toolCall: 3 }),
      token('toolArguments', 'print(1)', { toolCall: 4 }),
    ],
  },
  {
    ...base,
    name: 'refusal, audio, keep-alive, deltas of the future',
    body: numbered(
      delta('refusal', 'No.', { content_index: 0 }),
      { type: 'keepalive' },
      { type: 'response.audio.delta', delta: 'UklGRg==' },
      { type: 'response.audio.transcript.delta', delta: 'Hello' },
      delta('dream_text', 'sheep'),
    ),
    parts: [
      token('refusal', 'No.'),
      ping,
      token('audioTranscript', 'Hello'),
      token('other', 'sheep'),
    ],
  },
  {
    ...base,
    name: 'events that are missing, and one that came twice',
    body: typedEvents(
      { ...created, sequence_number: 0 },
      { ...delta('output_text', 'a'), sequence_number: 4 },
      { ...delta('output_text', 'b'), sequence_number: 4 },
    ),
    parts: [
      model('gpt-5'),
      notice('The event after number 0 had number 4: some did not arrive.'),
      token('text', 'a'),
      notice('The event after number 4 had number 4: some came twice or out of order.'),
      token('text', 'b'),
    ],
  },
  {
    ...base,
    name: 'an incomplete response',
    body: typedEvents({
      type: 'response.incomplete',
      response: {
        ...response,
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
      },
    }),
    parts: [model('gpt-5'), finish('max_output_tokens'), terminal],
  },
  {
    ...base,
    name: 'a failed response',
    body: typedEvents({
      type: 'response.failed',
      response: {
        ...response,
        status: 'failed',
        error: { code: 'server_error', message: 'The model crashed.' },
      },
    }),
    parts: [model('gpt-5'), finish('failed'), failure('LLM_ERROR', 'The model crashed.'), terminal],
  },
  {
    ...base,
    name: 'an error event',
    body: typedEvents({
      type: 'error',
      code: 'rate_limit_exceeded',
      message: 'Slow down',
      param: null,
      sequence_number: 1,
    }),
    parts: [failure('RATE_LIMIT', 'Slow down')],
  },
  {
    ...base,
    name: 'a whole body',
    contentType: 'application/json',
    body: JSON.stringify({ ...response, status: 'completed', error: null, usage: usageOf }),
    parts: [model('gpt-5'), finish('completed'), counts, terminal],
  },
];
