import assert from 'node:assert/strict';
import { wireFormatOf } from '../../../../src/capture/wire/wireFormats.js';
import type { WireRequest } from '../../../../src/capture/wire/wireFormat.js';
import { requestTo } from './samples/sample.js';

interface Expected {
  readonly format: string;
  readonly model: string | null;
  readonly streaming: boolean;
}

function expect(request: WireRequest, expected: Expected): void {
  const format = wireFormatOf(request);
  assert.deepEqual({ format: format.name, ...format.request(request) }, expected);
}

describe('the wire format of a request', () => {
  const streamed = { model: 'm', stream: true };
  const cases: readonly [path: string, body: unknown, Expected][] = [
    ['/chat/completions', streamed, { format: 'openai-chat', model: 'm', streaming: true }],
    [
      '/v1/chat/completions/',
      { model: 'm' },
      { format: 'openai-chat', model: 'm', streaming: false },
    ],
    [
      '/api/v1/chat/completions',
      undefined,
      { format: 'openai-chat', model: null, streaming: false },
    ],
    [
      '/openai/deployments/gpt%2D4o/chat/completions',
      { stream: true },
      { format: 'openai-chat', model: 'gpt-4o', streaming: true },
    ],
    [
      '/v1beta/openai/chat/completions',
      streamed,
      { format: 'openai-chat', model: 'm', streaming: true },
    ],
    ['/completions', streamed, { format: 'openai-completions', model: 'm', streaming: true }],
    ['/responses', streamed, { format: 'openai-responses', model: 'm', streaming: true }],
    ['/responses/compact', streamed, { format: 'plain', model: 'm', streaming: true }],
    ['/v1/messages', streamed, { format: 'anthropic-messages', model: 'm', streaming: true }],
    [
      '/v1/messages/count_tokens',
      { model: 'm' },
      { format: 'plain', model: 'm', streaming: false },
    ],
    ['/threads/t1/messages', {}, { format: 'plain', model: null, streaming: false }],
    [
      '/projects/p/locations/l/publishers/anthropic/models/claude@2025:streamRawPredict',
      { anthropic_version: 'vertex-2023-10-16' },
      { format: 'anthropic-messages', model: 'claude@2025', streaming: true },
    ],
    ['/api/chat', { model: 'm' }, { format: 'ollama', model: 'm', streaming: true }],
    [
      '/api/generate',
      { model: 'm', stream: false },
      { format: 'ollama', model: 'm', streaming: false },
    ],
    ['/api/chat', { messages: [] }, { format: 'plain', model: null, streaming: false }],
    ['/api/chat', undefined, { format: 'ollama', model: null, streaming: true }],
    [
      '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
      { contents: [] },
      { format: 'gemini', model: 'gemini-2.5-flash', streaming: true },
    ],
    [
      '/v1beta/models/gemini-2.5-flash:generateContent',
      { contents: [] },
      { format: 'gemini', model: 'gemini-2.5-flash', streaming: false },
    ],
    ['/embeddings', { model: 'm', input: 'x' }, { format: 'plain', model: 'm', streaming: false }],
    ['/', 'no object', { format: 'plain', model: null, streaming: false }],
  ];
  for (const [path, body, expected] of cases) {
    it(`${path} ${JSON.stringify(body)} is ${expected.format}`, () => {
      expect(requestTo(path, body), expected);
    });
  }

  it('that only lists something is plain', () => {
    const request = { ...requestTo('/v1/chat/completions'), method: 'GET' };
    expect(request, { format: 'plain', model: null, streaming: false });
  });

  it('that follows a response in the background is the one of responses', () => {
    const query = new URLSearchParams('stream=true&starting_after=3');
    const request = { ...requestTo('/responses/resp_1'), method: 'GET', query };
    expect(request, { format: 'openai-responses', model: null, streaming: true });
  });
});
