/** The wire formats that are known, and which of them a request is in. */
import { anthropicMessages } from './anthropicMessages.js';
import { gemini } from './gemini.js';
import { ollama } from './ollama.js';
import { openaiChat } from './openaiChat.js';
import { openaiCompletions } from './openaiCompletions.js';
import { openaiResponses } from './openaiResponses.js';
import { plainChunks } from './plainChunks.js';
import type { WireFormat, WireRequest } from './wireFormat.js';

const known = [
  openaiChat,
  openaiResponses,
  openaiCompletions,
  anthropicMessages,
  ollama,
  gemini,
] as const;

export const plain = plainChunks(known);

/** Always answers; `plain` where nothing else does. To be asked again when the body has come. */
export function wireFormatOf(request: WireRequest): WireFormat {
  return known.find((format) => format.recognises(request)) ?? plain;
}
