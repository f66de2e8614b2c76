import {
  type Sample,
  events,
  failure,
  finish,
  model,
  notice,
  terminal,
  token,
  usage,
} from './sample.js';

const path = '/v1beta/models/gemini-2.5-flash:streamGenerateContent';
const base = { path, contentType: 'text/event-stream' };
const says = (parts: readonly object[], more: object = {}): object => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r1',
});
const counted = {
  usageMetadata: {
    promptTokenCount: 8,
    candidatesTokenCount: 3,
    thoughtsTokenCount: 20,
    cachedContentTokenCount: 4,
    totalTokenCount: 31,
  },
};
const ofModel = model('gemini-2.5-flash');
const counts = usage({
  promptTokens: 8,
  completionTokens: 23,
  cachedPromptTokens: 4,
  reasoningTokens: 20,
});
const withoutFinish = notice('The response ended without a finish reason: it may have been cut.');
const chunks = [
  { ...says([{ text: 'Hm', thought: true }]), usageMetadata: { promptTokenCount: 8 } },
  says([{ text: 'Gr"üße\\' }]),
  { ...says([{ text: ' 漢😀' }], { finishReason: 'STOP' }), ...counted },
];
const read = [
  ofModel,
  token('reasoning', 'Hm'),
  usage({ promptTokens: 8 }),
  token('text', 'Gr"üße\\'),
  token('text', ' 漢😀'),
  finish('STOP'),
  counts,
];

export const geminiSamples: readonly Sample[] = [
  { ...base, name: 'thoughts and text', body: events(...chunks), parts: read },
  {
    ...base,
    name: 'the same as one list, without alt=sse',
    contentType: 'application/json',
    body: `[${chunks.map((chunk) => JSON.stringify(chunk, null, 2)).join('\n,\r\n')}\n]\n`,
    parts: [...read, terminal],
  },
  {
    ...base,
    name: 'function calls, code, several candidates',
    body: events(
      says([
        {
          functionCall: { id: 'c1', name: 'weather', args: { city: 'Kyōto' } },
          thoughtSignature: 'x',
        },
        { functionCall: { name: 'time', args: {} } },
      ]),
      says([
        { executableCode: { language: 'PYTHON', code: 'print(1)' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1\n' } },
      ]),
      {
        candidates: [
          { index: 0, content: { parts: [{ text: 'A' }] }, finishReason: 'STOP' },
          { index: 1, content: { parts: [{ text: 'B' }] }, finishReason: 'MAX_TOKENS' },
        ],
      },
    ),
    parts: [
      ofModel,
      token('toolName', 'weather', { toolCall: 0, id: 'c1' }),
      token('toolArguments', '{"city":"Kyōto"}', { toolCall: 0 }),
      token('toolName', 'time', { toolCall: 1 }),
      token('toolArguments', '{}', { toolCall: 1 }),
      token('toolArguments', 'print(1)'),
      token('other', '1\n'),
      token('text', 'A'),
      token('text', 'B', { choice: 1 }),
      finish('STOP'),
      finish('MAX_TOKENS'),
    ],
  },
  {
    ...base,
    name: 'arguments of a function in pieces',
    body: events(
      says([{ functionCall: { name: 'f', willContinue: true } }]),
      says([
        {
          functionCall: {
            partialArgs: [{ jsonPath: '$.city', stringValue: 'Kyō', willContinue: true }],
            willContinue: true,
          },
        },
      ]),
      says([
        {
          functionCall: {
            partialArgs: [{ jsonPath: '$.days', numberValue: 3 }],
            willContinue: true,
          },
        },
        { functionCall: { partialArgs: [{ jsonPath: '$.where', nullValue: 'NULL_VALUE' }] } },
      ]),
      says([{ functionCall: {} }], { finishReason: 'STOP' }),
    ),
    parts: [
      ofModel,
      token('toolName', 'f', { toolCall: 0 }),
      token('toolArguments', 'Kyō', { toolCall: 0 }),
      token('toolArguments', '3', { toolCall: 0 }),
      token('toolArguments', 'null', { toolCall: 0 }),
      finish('STOP'),
    ],
  },
  {
    ...base,
    name: 'an end without a finish reason',
    body: events(says([{ text: 'Hi' }])),
    parts: [ofModel, token('text', 'Hi'), withoutFinish],
  },
  {
    ...base,
    name: 'a blocked prompt',
    body: events({ promptFeedback: { blockReason: 'SAFETY' }, modelVersion: 'gemini-2.5-flash' }),
    parts: [ofModel, finish('SAFETY')],
  },
  {
    ...base,
    name: 'an error as bare JSON behind events',
    body:
      events(says([{ text: 'Hi' }])) +
      JSON.stringify(
        { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } },
        null,
        2,
      ),
    parts: [ofModel, token('text', 'Hi'), failure('LLM_ERROR', 'The model is overloaded.')],
  },
  {
    ...base,
    name: 'an error in a list, as an answer',
    contentType: 'application/json',
    status: 429,
    body: JSON.stringify([
      { error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' } },
    ]),
    parts: [failure('RATE_LIMIT', 'Quota exceeded')],
  },
  {
    ...base,
    name: 'a key that is wrong, with status 400',
    contentType: 'application/json',
    status: 400,
    body: JSON.stringify({
      error: {
        code: 400,
        message: 'API key not valid.',
        status: 'INVALID_ARGUMENT',
        details: [{ reason: 'API_KEY_INVALID', domain: 'googleapis.com' }],
      },
    }),
    parts: [failure('AUTH_ERROR', 'API key not valid.')],
  },
  {
    ...base,
    name: 'a whole body',
    path: '/v1beta/models/gemini-2.5-flash:generateContent',
    contentType: 'application/json',
    body: JSON.stringify({ ...says([{ text: 'Hi' }], { finishReason: 'STOP' }), ...counted }),
    parts: [ofModel, finish('STOP'), counts, terminal],
  },
];
