/** Every format that the mock speaks, and the lists of models that clients ask for beside. */
import type { IncomingHttpHeaders } from 'node:http';
import type { MockRequest } from '../answer.js';
import { anthropicMessages } from './anthropicMessages.js';
import type { MockFormat } from './format.js';
import { geminiArray, geminiEvents } from './gemini.js';
import { ollamaChat, ollamaGenerate } from './ollama.js';
import { openaiChat } from './openaiChat.js';
import { openaiCompletions } from './openaiCompletions.js';
import { openaiResponses } from './openaiResponses.js';
import { plainText, unknownEvents } from './unknownEvents.js';

const formats: readonly MockFormat[] = [
  ...[openaiChat, openaiCompletions, openaiResponses, anthropicMessages],
  ...[ollamaChat, ollamaGenerate, geminiEvents, geminiArray, unknownEvents, plainText],
];

export const formatOf = (request: MockRequest): MockFormat | undefined =>
  formats.find((format) => format.answers(request));

/** What is answered without a model: lists of models, embeddings; undefined for what there is not. */
export function plainAnswer(request: MockRequest, headers: IncomingHttpHeaders): unknown {
  const { method, path, body } = request;
  switch (`${method} ${path}`) {
    case 'GET /v1/models':
      return 'anthropic-version' in headers
        ? { data: [{ type: 'model', id: 'mock', display_name: 'Mock' }], has_more: false }
        : { object: 'list', data: [{ id: 'mock', object: 'model', created: 0, owned_by: 'mock' }] };
    case 'GET /v1beta/models':
      return { models: [{ name: 'models/mock', displayName: 'Mock' }] };
    case 'GET /api/tags':
      return { models: [{ name: 'mock', model: 'mock', size: 1, digest: '0', details: {} }] };
    case 'GET /api/version':
      return { version: '0.0.0-mock' };
    case 'POST /v1/embeddings':
      return {
        ...{ object: 'list', model: body['model'] },
        data: [{ object: 'embedding', index: 0, embedding: [0.1, -0.2, 0.3] }],
        usage: { prompt_tokens: 3, total_tokens: 3 },
      };
    default:
      return undefined;
  }
}
