import { openaiChat } from '../../../../../src/capture/wire/openaiChat.js';
import { anthropicMessages } from '../../../../../src/capture/wire/anthropicMessages.js';
import {
  type Sample,
  done,
  events,
  failure,
  finish,
  format,
  lines,
  model,
  notice,
  terminal,
  token,
  typedEvents,
  usage,
} from './sample.js';

const base = { path: '/anything', contentType: 'text/event-stream' };

export const plainSamples: readonly Sample[] = [
  {
    ...base,
    name: 'events of an unknown API',
    body: `${events({ token: { text: 'Grüße' } })}data: words\ndata: in two lines\n\n${done}`,
    parts: [
      token('other', '{"token":{"text":"Grüße"}}'),
      token('text', 'words\nin two lines'),
      terminal,
    ],
  },
  {
    ...base,
    name: 'lines of an unknown API, with an error',
    contentType: 'application/jsonl',
    body: lines({ status: 'pulling' }, { error: 'no space left' }),
    parts: [
      token('other', '{"status":"pulling"}'),
      token('other', '{"error":"no space left"}'),
      failure('LLM_ERROR', 'no space left'),
    ],
  },
  {
    ...base,
    name: 'events that turn out to be chat completions',
    body:
      events({
        object: 'chat.completion.chunk',
        model: 'm',
        choices: [{ index: 0, delta: { content: 'Hi' } }],
      }) + done,
    parts: [format(openaiChat), model('m'), token('text', 'Hi'), terminal],
  },
  {
    ...base,
    name: 'events that turn out to be messages',
    body: typedEvents({ type: 'message_start', message: { model: 'claude' } }),
    parts: [format(anthropicMessages), model('claude')],
  },
  {
    ...base,
    name: 'a whole body that turns out to be a chat completion',
    contentType: 'application/json',
    body: JSON.stringify({
      model: 'm',
      choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }],
      usage: { completion_tokens: 1 },
    }),
    parts: [
      format(openaiChat),
      model('m'),
      finish('stop'),
      usage({ completionTokens: 1 }),
      terminal,
    ],
  },
  {
    ...base,
    name: 'a list of models',
    contentType: 'application/json',
    body: '{"object":"list","data":[{"id":"gpt-4o","object":"model"}]}',
    parts: [terminal],
  },
  {
    ...base,
    name: 'an error in words',
    contentType: 'text/plain',
    status: 503,
    body: 'upstream connect error',
    parts: [failure('LLM_ERROR', 'upstream connect error')],
  },
  {
    ...base,
    name: 'an empty answer',
    contentType: '',
    status: 204,
    body: '',
    parts: [terminal],
  },
  {
    ...base,
    name: 'invalid JSON in a list of known events',
    path: '/chat/completions',
    body: `data: {"choices\n\ndata: nonsense\n\n${done}`,
    parts: [
      terminal,
      notice('2 pieces of the response were no JSON objects and were passed over.'),
    ],
  },
];
