import {
  type Sample,
  done,
  events,
  failure,
  finish,
  model,
  notice,
  ping,
  terminal,
  token,
  usage,
} from './sample.js';

const head = {
  id: 'chatcmpl-B9',
  object: 'chat.completion.chunk',
  created: 1_750_000_000,
  model: 'gpt-4o-2024-08-06',
  service_tier: 'default',
  system_fingerprint: 'fp_1',
};
const chunk = (delta: object, more: object = {}): object => ({
  ...head,
  choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }],
  obfuscation: 'xK9pQ2',
});
const stop = chunk({}, { finish_reason: 'stop' });
const base = {
  path: '/chat/completions',
  contentType: 'text/event-stream',
};
const ofModel = model('gpt-4o-2024-08-06');

export const openaiChatSamples: readonly Sample[] = [
  {
    ...base,
    name: 'text, with usage in the last chunk',
    body:
      events(
        chunk({ role: 'assistant', content: '', refusal: null }),
        chunk({ content: 'Grüße' }),
        chunk({ content: ' 漢😀' }),
        stop,
        {
          ...head,
          choices: [],
          usage: {
            prompt_tokens: 20,
            completion_tokens: 3,
            total_tokens: 23,
            prompt_tokens_details: { cached_tokens: 16, audio_tokens: 0 },
            completion_tokens_details: { reasoning_tokens: 1 },
          },
        },
      ) + done,
    parts: [
      ofModel,
      token('text', 'Grüße'),
      token('text', ' 漢😀'),
      finish('stop'),
      usage({ promptTokens: 20, completionTokens: 3, cachedPromptTokens: 16, reasoningTokens: 1 }),
      terminal,
    ],
  },
  {
    ...base,
    name: 'comments, then a cut in the middle of an event',
    body: `: OPENROUTER PROCESSING\n\n${events(chunk({ content: 'Hi' }))}data: {"id":"chatcmpl-B9","cho`,
    parts: [
      ping,
      ofModel,
      token('text', 'Hi'),
      notice('One piece of the response was no JSON object and was passed over.'),
    ],
  },
  {
    ...base,
    name: 'two tool calls',
    body:
      events(
        chunk({
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              index: 0,
              id: 'call_a',
              type: 'function',
              function: { name: 'weather', arguments: '' },
            },
          ],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city"' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: ':"Kyōto"}' } }] }),
        chunk({
          tool_calls: [
            {
              index: 1,
              id: 'call_b',
              type: 'function',
              function: { name: 'time', arguments: '{}' },
            },
          ],
        }),
        chunk({}, { finish_reason: 'tool_calls' }),
      ) + done,
    parts: [
      ofModel,
      token('toolName', 'weather', { toolCall: 0, id: 'call_a' }),
      token('toolArguments', '{"city"', { toolCall: 0 }),
      token('toolArguments', ':"Kyōto"}', { toolCall: 0 }),
      token('toolName', 'time', { toolCall: 1, id: 'call_b' }),
      token('toolArguments', '{}', { toolCall: 1 }),
      finish('tool_calls'),
      terminal,
    ],
  },
  {
    ...base,
    name: 'a function call of the old kind',
    body: events(
      chunk({ function_call: { name: 'weather', arguments: '' } }),
      chunk({ function_call: { arguments: '{}' } }),
    ),
    parts: [
      ofModel,
      token('toolName', 'weather', { toolCall: 0 }),
      token('toolArguments', '{}', { toolCall: 0 }),
    ],
  },
  {
    ...base,
    name: 'reasoning of DeepSeek, vLLM, OpenRouter and Mistral',
    body: events(
      chunk({ role: 'assistant', content: null, reasoning_content: 'Let' }),
      chunk({ reasoning: ' me', reasoning_content: null }),
      chunk({
        content: '',
        reasoning: ' think',
        reasoning_details: [{ type: 'reasoning.text', text: ' think' }],
      }),
      chunk({ reasoning_details: [{ type: 'reasoning.summary', summary: ' so' }] }),
      chunk({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: ' hard.' }] },
          { type: 'text', text: 'Yes' },
        ],
      }),
    ),
    parts: [
      ofModel,
      token('reasoning', 'Let'),
      token('reasoning', ' me'),
      token('reasoning', ' think'),
      token('reasoning', ' so'),
      token('reasoning', ' hard.'),
      token('text', 'Yes'),
    ],
  },
  {
    ...base,
    name: 'a refusal, an audio transcript',
    body: events(
      chunk({ refusal: "I can't" }),
      chunk({ audio: { id: 'audio_1', data: 'UklGRg==' } }),
      chunk({ audio: { transcript: 'Hello' } }),
    ),
    parts: [ofModel, token('refusal', "I can't"), token('audioTranscript', 'Hello')],
  },
  {
    ...base,
    name: 'several choices that interleave',
    body: events(
      {
        ...head,
        choices: [
          { index: 0, delta: { content: 'A' } },
          { index: 1, delta: { content: 'B' } },
        ],
      },
      { ...head, choices: [{ index: 1, delta: {}, finish_reason: 'length' }] },
    ),
    parts: [ofModel, token('text', 'A'), token('text', 'B', { choice: 1 }), finish('length')],
  },
  {
    ...base,
    name: 'log probabilities of one token and of several in one chunk',
    body: events(
      chunk({ content: 'Hi' }, { logprobs: { content: [logprob('Hi', -0.5)], refusal: null } }),
      chunk(
        { content: ' there!' },
        { logprobs: { content: [logprob(' there', -1), logprob('!', -2)], refusal: null } },
      ),
    ),
    parts: [
      ofModel,
      token('text', 'Hi', { logprob: -0.5 }, 1),
      token('text', ' there!', { logprob: [-1, -2] }, 2),
    ],
  },
  {
    ...base,
    name: 'an error in the stream',
    body: events(chunk({ content: 'Hi' }), {
      error: { message: 'Rate limit reached', type: 'tokens', code: 'rate_limit_exceeded' },
    }),
    parts: [ofModel, token('text', 'Hi'), failure('RATE_LIMIT', 'Rate limit reached')],
  },
  {
    ...base,
    name: 'an error of OpenRouter, beside a choice that ends with it',
    body: events({
      ...head,
      error: { code: 502, message: 'Provider disconnected' },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    }),
    parts: [ofModel, finish('error'), failure('LLM_ERROR', 'Provider disconnected')],
  },
  {
    ...base,
    name: 'an error of old servers',
    body: events({ object: 'error', message: 'CUDA out of memory', type: 'InternalServerError' }),
    parts: [failure('LLM_ERROR', 'CUDA out of memory')],
  },
  {
    ...base,
    name: 'a stream of llama.cpp with timings, sent as text/plain',
    contentType: 'text/plain',
    body:
      events(
        { ...head, model: 'qwen', choices: [{ index: 0, delta: { content: 'Hi' } }] },
        {
          ...head,
          model: 'qwen',
          choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
          timings: { predicted_n: 12, predicted_per_second: 30.5 },
        },
      ) + done,
    parts: [model('qwen'), token('text', 'Hi'), finish('stop'), terminal],
  },
  {
    ...base,
    name: 'a whole body',
    contentType: 'application/json',
    body: JSON.stringify({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    }),
    parts: [ofModel, finish('stop'), usage({ promptTokens: 9, completionTokens: 2 }), terminal],
  },
  {
    ...base,
    name: 'blank lines before a whole body',
    contentType: 'application/json',
    body: `\n\n\n${JSON.stringify({ model: 'deepseek-chat', choices: [] })}`,
    parts: [model('deepseek-chat'), terminal],
  },
  {
    ...base,
    name: 'a whole body that is cut',
    contentType: 'application/json',
    body: '{"id":"chatcmpl-B9","choices":[{"ind',
    parts: [notice('The response is no valid JSON: it may have been cut.')],
  },
  {
    ...base,
    name: 'an answer with an error',
    contentType: 'application/json',
    status: 401,
    body: JSON.stringify({
      error: {
        message: 'Incorrect API key provided.',
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_api_key',
      },
    }),
    parts: [failure('AUTH_ERROR', 'Incorrect API key provided.')],
  },
  {
    ...base,
    name: 'an error that was announced as a stream',
    status: 429,
    body: JSON.stringify({ error: { message: 'Slow down', type: 'requests' } }),
    parts: [failure('RATE_LIMIT', 'Slow down')],
  },
  {
    ...base,
    name: 'a page of a gateway',
    contentType: 'text/html',
    status: 502,
    body: '<html><title>502 Bad Gateway</title></html>',
    parts: [failure('LLM_ERROR', 'The upstream answered with status 502 (Bad Gateway).')],
  },
  {
    name: 'legacy completions',
    path: '/v1/completions',
    contentType: 'text/event-stream',
    body:
      events(
        {
          object: 'text_completion',
          model: 'gpt-3.5-turbo-instruct',
          choices: [
            {
              index: 0,
              text: 'Once',
              finish_reason: null,
              logprobs: { tokens: ['Once'], token_logprobs: [-0.25], text_offset: [0] },
            },
          ],
        },
        { choices: [{ index: 1, text: ' upon', finish_reason: 'length', logprobs: null }] },
      ) + done,
    parts: [
      model('gpt-3.5-turbo-instruct'),
      token('text', 'Once', { logprob: -0.25 }, 1),
      token('text', ' upon', { choice: 1 }),
      finish('length'),
      terminal,
    ],
  },
];

function logprob(text: string, value: number): object {
  return { token: text, logprob: value, bytes: [...Buffer.from(text)], top_logprobs: [] };
}
