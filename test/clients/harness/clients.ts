/** Every client by its name, with what a trace must say of its calls. */
import type { Client } from './conversation.js';
import { openaiChat, openaiResponses } from './openaiClients.js';
import { anthropic, gemini, ollama } from './otherClients.js';
import { vercelAnthropic, vercelOpenai } from './vercelClients.js';

export interface KnownClient {
  readonly client: Client;
  readonly provider: string;
}

export const clients: Readonly<Record<string, KnownClient>> = {
  'openai, Chat Completions': { client: openaiChat, provider: 'openai' },
  'openai, Responses': { client: openaiResponses, provider: 'openai' },
  '@anthropic-ai/sdk': { client: anthropic, provider: 'anthropic' },
  ollama: { client: ollama, provider: 'ollama' },
  '@google/genai': { client: gemini, provider: 'gemini' },
  'ai with @ai-sdk/openai': { client: vercelOpenai, provider: 'openai' },
  'ai with @ai-sdk/anthropic': { client: vercelAnthropic, provider: 'anthropic' },
};
