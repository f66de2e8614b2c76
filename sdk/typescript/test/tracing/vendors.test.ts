/** The vendors' own SDKs in front of a model server whose tokens are known. */
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { GoogleGenAI } from '@google/genai';
import { jsonSchema, streamText } from 'ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { weatherParameters, weatherTool } from '../../../../test/clients/harness/conversation.js';
import { type MockServer, startMockServer } from '../../../../test/mock/mockServer.js';
import type { StreamSource, Trace } from '../../src/api.js';
import { recorded } from './harness/recordingOutbox.js';

const content = 'What is the weather like?';
const messages = [{ role: 'user' as const, content }];
const { name, description } = weatherTool;

interface Asked {
  readonly url: string;
  readonly model: string;
  readonly signal?: AbortSignal;
}

const openai = ({ url }: Asked) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'k', maxRetries: 0 });
const anthropic = ({ url }: Asked) => new Anthropic({ baseURL: url, apiKey: 'k', maxRetries: 0 });
const anthropicRequest = (model: string) => ({
  ...{ model, max_tokens: 1_024, messages },
  tools: [{ name, description, input_schema: weatherParameters }],
});
const vercel = (model: Parameters<typeof streamText>[0]['model'], { signal }: Asked) =>
  streamText({
    ...{ model, prompt: content, maxRetries: 0, maxOutputTokens: 1_024 },
    ...(signal && { abortSignal: signal }),
    tools: { [name]: { description, inputSchema: jsonSchema(weatherParameters) } },
    onError: () => undefined,
  });
const vercelOpenai = (asked: Asked) =>
  vercel(createOpenAI({ baseURL: `${asked.url}/v1`, apiKey: 'k' }).responses(asked.model), asked);

const sources: Readonly<Record<string, (asked: Asked) => StreamSource<unknown>>> = {
  "OpenAI's chat completions": (asked) => () =>
    openai(asked).chat.completions.create(
      {
        ...{ model: asked.model, messages, stream: true, stream_options: { include_usage: true } },
        tools: [{ type: 'function', function: weatherTool }],
      },
      { signal: asked.signal },
    ),
  "OpenAI's responses": (asked) => () =>
    openai(asked).responses.create(
      {
        ...{ model: asked.model, input: content, stream: true },
        tools: [{ type: 'function', name, parameters: weatherParameters, strict: false }],
      },
      { signal: asked.signal },
    ),
  "Anthropic's messages": (asked) => () =>
    anthropic(asked).messages.create(
      { ...anthropicRequest(asked.model), stream: true },
      { signal: asked.signal },
    ),
  "Anthropic's stream helper": (asked) => () =>
    anthropic(asked).messages.stream(anthropicRequest(asked.model), { signal: asked.signal }),
  "Ollama's chat": (asked) => () =>
    new Ollama({ host: asked.url }).chat({
      ...{ model: asked.model, messages, stream: true as const },
      tools: [{ type: 'function', function: weatherTool }],
    }),
  Gemini: (asked) => () =>
    new GoogleGenAI({
      apiKey: 'k',
      httpOptions: { baseUrl: asked.url },
    }).models.generateContentStream({
      ...{ model: asked.model, contents: content },
      config: {
        ...(asked.signal && { abortSignal: asked.signal }),
        tools: [
          {
            functionDeclarations: [{ name, description, parametersJsonSchema: weatherParameters }],
          },
        ],
      },
    }),
  "the AI SDK's full stream, of OpenAI": (asked) => () => vercelOpenai(asked).fullStream,
  "the AI SDK's full stream, of Anthropic": (asked) => () => {
    const provider = createAnthropic({ baseURL: `${asked.url}/v1`, apiKey: 'k' });
    return vercel(provider(asked.model), asked).fullStream;
  },
};

const textOnly: Readonly<Record<string, (asked: Asked) => StreamSource<unknown>>> = {
  "OpenAI's legacy completions": (asked) => () =>
    openai(asked).completions.create({ model: asked.model, prompt: content, stream: true }),
  "Ollama's generate": (asked) => () =>
    new Ollama({ host: asked.url }).generate({ model: asked.model, prompt: content, stream: true }),
  "the AI SDK's text stream": (asked) => () => vercelOpenai(asked).textStream,
};

async function read(trace: Trace, source: StreamSource<unknown>, most = Infinity): Promise<void> {
  let count = 0;
  for await (const chunk of trace.traceStream(source)) {
    assert.ok(chunk !== undefined);
    if (++count === most) break;
  }
}

describe('the chunks of a vendor', () => {
  let mock: MockServer;
  before(async () => {
    mock = await startMockServer();
  });
  after(() => mock.close());

  const compare = async (
    source: (asked: Asked) => StreamSource<unknown>,
    scenario: string,
    hasMore: boolean,
  ) => {
    const { trace, outbox } = recorded();
    await read(trace, source({ url: mock.url, model: `mock/${scenario}` }));
    const truth = mock.truths.latest;
    assert.ok(truth);
    const texts = (pairs: readonly (readonly [string, string])[]) =>
      Object.fromEntries(
        ['text', 'reasoning', 'refusal', 'tool_name', 'tool_arguments'].map((kind) => {
          const ofKind = pairs.filter(([each]) => each === kind).map(([, text]) => text);
          return [kind, ofKind.join('')];
        }),
      );
    const wireName = (kind: string) =>
      kind.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
    const wanted = texts(truth.tokens.map(({ kind, text }) => [wireName(kind), text] as const));
    const found = texts(outbox.tokens().map(({ kind = 'text', token }) => [kind, token] as const));
    assert.ok(truth.tokens.length > 0);
    assert.deepEqual(withPlainArguments(found), withPlainArguments(wanted));
    const end = outbox.only('llm_call_end');
    assert.equal(end.status, 'completed');
    if (!hasMore) return;
    assert.ok(end.finish_reason);
    assert.equal(end.usage?.prompt_tokens, truth.usage?.promptTokens);
    assert.equal(end.usage?.completion_tokens, truth.usage?.completionTokens);
  };

  /** Where they come whole they are an object, whose JSON may be spaced in another way. */
  const withPlainArguments = (texts: Record<string, string>) => ({
    ...texts,
    tool_arguments: texts['tool_arguments']?.replace(/\s/g, ''),
  });

  for (const [what, source] of Object.entries(sources)) {
    for (const scenario of ['reasoning', 'tools']) {
      it(`are understood: ${what}, ${scenario}`, () => compare(source, scenario, true));
    }

    it(`end early where the agent stops reading: ${what}`, async () => {
      const { trace, outbox } = recorded();
      // The first chunks of some hold no token.
      await read(trace, source({ url: mock.url, model: 'mock/default' }), 6);
      assert.equal(outbox.only('llm_call_end').status, 'aborted');
    });
  }

  for (const [what, source] of Object.entries(textOnly)) {
    it(`are understood: ${what}`, () => compare(source, 'default', false));
  }

  for (const [what, source] of Object.entries(sources)) {
    if (what.includes('AI SDK')) continue;
    it(`that fail keep their error, with its code: ${what}`, async () => {
      const { trace, outbox } = recorded();
      await assert.rejects(read(trace, source({ url: mock.url, model: 'mock/status-429' })));
      assert.deepEqual(
        [outbox.only('llm_call_end').status, outbox.only('llm_call_end').error?.code],
        ['failed', 'RATE_LIMIT'],
      );
    });
  }

  it("that fail in the AI SDK's stream, as one of its parts, keep their error", async () => {
    const { trace, outbox } = recorded();
    const asked = { url: mock.url, model: 'mock/status-429' };
    await read(trace, () => vercelOpenai(asked).fullStream);
    const end = outbox.only('llm_call_end');
    assert.deepEqual([end.status, end.error?.code], ['failed', 'RATE_LIMIT']);
  });

  for (const scenario of ['default', 'truncated']) {
    it(`that end without saying so are truncated: ${scenario}`, async () => {
      const { trace, outbox } = recorded();
      const leaving = new AbortController();
      const source = sources["OpenAI's chat completions"];
      assert.ok(source);
      const asked = { url: mock.url, model: `mock/${scenario}`, signal: leaving.signal };
      let count = 0;
      // OpenAI's SDK ends its stream without an error when it is aborted.
      for await (const chunk of trace.traceStream(source(asked))) {
        assert.ok(chunk !== undefined);
        if (scenario === 'default' && ++count === 4) leaving.abort();
      }
      const end = outbox.only('llm_call_end');
      assert.deepEqual([end.status, end.error?.code], ['truncated', 'TRUNCATED']);
    });
  }
});
