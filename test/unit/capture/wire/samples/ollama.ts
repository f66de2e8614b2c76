import { type Sample, failure, finish, lines, model, terminal, token, usage } from './sample.js';

const base = { path: '/api/chat', contentType: 'application/x-ndjson' };
const head = { model: 'qwen3:8b', created_at: '2026-01-01T00:00:00.000Z' };
const says = (message: object): object => ({
  ...head,
  message: { role: 'assistant', ...message },
  done: false,
});
const last = {
  ...head,
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  total_duration: 5_000_000_000,
  load_duration: 1_000_000,
  prompt_eval_count: 26,
  prompt_eval_duration: 130_000_000,
  eval_count: 298,
  eval_duration: 4_000_000_000,
};
const ofModel = model('qwen3:8b');
const counts = usage({ promptTokens: 26, completionTokens: 298 });

export const ollamaSamples: readonly Sample[] = [
  {
    ...base,
    name: 'thinking and text',
    body: lines(
      says({ content: '', thinking: 'Hm' }),
      says({ content: 'Grüße' }),
      says({ content: ' 漢😀' }),
      last,
    ),
    parts: [
      ofModel,
      token('reasoning', 'Hm'),
      token('text', 'Grüße'),
      token('text', ' 漢😀'),
      finish('stop'),
      counts,
      terminal,
    ],
  },
  {
    ...base,
    name: 'tool calls, which come whole',
    body: lines(
      says({
        content: '',
        tool_calls: [
          { function: { name: 'weather', arguments: { city: 'Kyōto' } } },
          { id: 'call_1', function: { index: 1, name: 'time', arguments: {} } },
        ],
      }),
      last,
    ),
    parts: [
      ofModel,
      token('toolName', 'weather', { toolCall: 0 }),
      token('toolArguments', '{"city":"Kyōto"}', { toolCall: 0 }),
      token('toolName', 'time', { toolCall: 1, id: 'call_1' }),
      token('toolArguments', '{}', { toolCall: 1 }),
      finish('stop'),
      counts,
      terminal,
    ],
  },
  {
    ...base,
    name: 'generate, with log probabilities, without the last line feed',
    path: '/api/generate',
    body: lines(
      { ...head, response: '', thinking: 'so', done: false },
      { ...head, response: 'Hi', done: false, logprobs: [{ token: 'Hi', logprob: -0.5 }] },
      { ...head, response: '', done: true, done_reason: 'length', context: [1, 2] },
    ).trimEnd(),
    parts: [
      ofModel,
      token('reasoning', 'so'),
      token('text', 'Hi', { logprob: -0.5 }, 1),
      finish('length'),
      terminal,
    ],
  },
  {
    ...base,
    name: 'an error in the stream',
    body: lines(says({ content: 'Hi' }), { error: 'model runner has unexpectedly stopped' }),
    parts: [
      ofModel,
      token('text', 'Hi'),
      failure('LLM_ERROR', 'model runner has unexpectedly stopped'),
    ],
  },
  {
    ...base,
    name: 'a whole body',
    contentType: 'application/json',
    body: JSON.stringify({ ...last, message: { role: 'assistant', content: 'Hi' } }),
    parts: [ofModel, finish('stop'), counts, terminal],
  },
  {
    ...base,
    name: 'a model that is not there',
    contentType: 'application/json',
    status: 404,
    body: JSON.stringify({ error: "model 'nope' not found" }),
    parts: [failure('LLM_ERROR', "model 'nope' not found")],
  },
];
