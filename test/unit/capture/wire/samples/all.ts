import { anthropicMessagesSamples } from './anthropicMessages.js';
import { geminiSamples } from './gemini.js';
import { ollamaSamples } from './ollama.js';
import { openaiChatSamples } from './openaiChat.js';
import { openaiResponsesSamples } from './openaiResponses.js';
import { plainSamples } from './plain.js';
import type { Sample } from './sample.js';

export const samples: Readonly<Record<string, readonly Sample[]>> = {
  'OpenAI Chat Completions': openaiChatSamples,
  'OpenAI Responses': openaiResponsesSamples,
  'Anthropic Messages': anthropicMessagesSamples,
  Ollama: ollamaSamples,
  Gemini: geminiSamples,
  'unknown APIs': plainSamples,
};
