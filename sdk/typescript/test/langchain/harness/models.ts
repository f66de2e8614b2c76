/** Models of LangChain in front of the mock, in one form. */
import type { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOllama, Ollama } from '@langchain/ollama';
import { ChatOpenAI, OpenAI } from '@langchain/openai';
import type { ScenarioRequest } from '../../../../../test/mock/scenario.js';

export interface Asked {
  /** Base URL of the mock, without a path. */
  readonly url: string;
  /** A name, which the model then has ("mock/NAME"), or fields, which go into a header. */
  readonly scenario: string | ScenarioRequest;
  readonly callbacks?: BaseCallbackHandler[];
  readonly streaming?: boolean;
}

const modelName = ({ scenario }: Asked): string =>
  typeof scenario === 'string' ? `mock/${scenario}` : 'a-model';

const headers = ({ scenario }: Asked): Record<string, string> =>
  typeof scenario === 'string' ? {} : { 'x-mock-scenario': JSON.stringify(scenario) };

const common = (asked: Asked) => ({
  model: modelName(asked),
  maxRetries: 0,
  ...(asked.callbacks && { callbacks: asked.callbacks }),
  ...(asked.streaming !== undefined && { streaming: asked.streaming }),
});

const openaiFields = (asked: Asked) => ({
  ...common(asked),
  apiKey: 'sk-mock',
  configuration: { baseURL: `${asked.url}/v1`, defaultHeaders: headers(asked) },
});

export const openaiChat = (asked: Asked) => new ChatOpenAI(openaiFields(asked));

export const chatModels = {
  ChatOpenAI: openaiChat,
  'ChatOpenAI with Responses': (asked: Asked) =>
    new ChatOpenAI({ ...openaiFields(asked), useResponsesApi: true }),
  ChatAnthropic: (asked: Asked) =>
    new ChatAnthropic({
      ...{ ...common(asked), apiKey: 'sk-ant-mock', anthropicApiUrl: asked.url },
      clientOptions: { defaultHeaders: headers(asked) },
    }),
  ChatOllama: (asked: Asked) =>
    new ChatOllama({ ...common(asked), baseUrl: asked.url, headers: headers(asked) }),
};

export const completionModels = {
  OpenAI: (asked: Asked) => new OpenAI(openaiFields(asked)),
  Ollama: (asked: Asked) =>
    new Ollama({ ...common(asked), baseUrl: asked.url, headers: headers(asked) }),
};

export const weatherTool = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string' } },
      required: ['city'],
    },
  },
};

export async function readToEnd(stream: AsyncIterable<unknown>): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
}
