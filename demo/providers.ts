/** Requests and responses in the providers' own JSON, and how fast and how finely each of them streams. */
import type { Pace } from './stream.js';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface ProviderRequest {
  readonly provider: string;
  readonly wireFormat: string;
  readonly model: string;
  readonly streaming: boolean;
  readonly body: unknown;
}

interface Options {
  readonly stream?: boolean;
  /** More fields of the request's body. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export const paces = {
  gpt: { tokensPerSecond: 62 },
  claude: { tokensPerSecond: 58, tokensPerChunk: [2, 5], jitter: 0.3 },
  gemini: { tokensPerSecond: 150, tokensPerChunk: [18, 32], jitter: 0.2, sharedReads: 0 },
  llama: { tokensPerSecond: 41, jitter: 0.12, sharedReads: 0.01 },
} as const satisfies Readonly<Record<string, Pace>>;

export function openAiChat(
  model: string,
  messages: readonly Message[],
  { stream = true, more = {} }: Options = {},
): ProviderRequest {
  const streamFields = stream ? { stream: true, stream_options: { include_usage: true } } : {};
  return {
    provider: 'openai',
    wireFormat: 'openai-chat',
    model,
    streaming: stream,
    body: { model, messages, temperature: 0.2, ...streamFields, ...more },
  };
}

export function anthropicMessages(
  model: string,
  messages: readonly Message[],
  { stream = true, more = {} }: Options = {},
): ProviderRequest {
  const system = messages.find((message) => message.role === 'system')?.content;
  return {
    provider: 'anthropic',
    wireFormat: 'anthropic-messages',
    model,
    streaming: stream,
    body: {
      model,
      max_tokens: 4096,
      system,
      messages: messages.filter((message) => message.role !== 'system'),
      stream,
      ...more,
    },
  };
}

export function ollamaChat(
  model: string,
  messages: readonly Message[],
  { stream = true, more = {} }: Options = {},
): ProviderRequest {
  return {
    provider: 'ollama',
    wireFormat: 'ollama-chat',
    model,
    streaming: stream,
    body: { model, messages, stream, options: { temperature: 0.4, num_ctx: 8192 }, ...more },
  };
}

export function geminiContents(
  model: string,
  messages: readonly Message[],
  { stream = true, more = {} }: Options = {},
): ProviderRequest {
  const system = messages.find((message) => message.role === 'system')?.content;
  const parts = (text: string): { text: string }[] => [{ text }];
  return {
    provider: 'gemini',
    wireFormat: 'gemini-generate-content',
    model,
    streaming: stream,
    body: {
      ...(system === undefined ? {} : { systemInstruction: { parts: parts(system) } }),
      contents: messages
        .filter((message) => message.role !== 'system')
        .map(({ role, content }) => ({
          role: role === 'assistant' ? 'model' : 'user',
          parts: parts(content),
        })),
      generationConfig: { temperature: 0.3, maxOutputTokens: 8192 },
      ...more,
    },
  };
}

/** A response of OpenAI's chat endpoint that was not streamed. */
export function openAiCompletion(
  model: string,
  content: string,
  usage: { readonly promptTokens: number; readonly completionTokens: number },
): unknown {
  return {
    id: 'chatcmpl-CfKq2tT9sBv4',
    object: 'chat.completion',
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      total_tokens: usage.promptTokens + usage.completionTokens,
    },
  };
}

/** The body of OpenAI's 429. */
export const openAiRateLimit = {
  error: {
    message:
      'Rate limit reached for gpt-4o-mini in organization org-demo on tokens per min (TPM): Limit 200000, Used 198411, Requested 3120. Please try again in 459ms. Visit https://platform.openai.com/account/rate-limits to learn more.',
    type: 'tokens',
    param: null,
    code: 'rate_limit_exceeded',
  },
};

/** The event with which Anthropic ends a stream when it has no capacity, after HTTP 200 and partial text. */
export const anthropicOverloaded = {
  type: 'error',
  error: { type: 'overloaded_error', message: 'Overloaded' },
  request_id: 'req_011CUx7oDemo',
};
