/** The npm packages @anthropic-ai/sdk, ollama and @google/genai. */
import Anthropic from '@anthropic-ai/sdk';
import { type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { type ChatResponse, Ollama } from 'ollama';
import { type Client, type Heard, headersOf, modelOf } from './conversation.js';
import { weatherParameters, weatherTool } from './conversation.js';

const content = 'What is the weather like?';

export const anthropic: Client = async (question, heard) => {
  const { messages } = new Anthropic({
    ...{ baseURL: question.endpoint('anthropic'), apiKey: 'sk-ant-mock', maxRetries: 0 },
    defaultHeaders: headersOf(question),
  });
  const { name, description } = weatherTool;
  const request = {
    ...{ model: modelOf(question), max_tokens: 1_024 },
    messages: [{ role: 'user' as const, content }],
    ...(question.offersTools
      ? { tools: [{ name, description, input_schema: weatherParameters }] }
      : {}),
  };
  if (!question.streaming) {
    const message = await messages.create(request, { signal: heard.signal });
    for (const block of message.content) {
      if (block.type === 'text') heard.say(block.text);
      if (block.type === 'thinking') heard.think(block.thinking);
    }
    hearMessage(heard, message);
    return;
  }
  const stream = messages.stream(request, { signal: heard.signal });
  for await (const event of stream) {
    if (event.type !== 'content_block_delta') continue;
    if (event.delta.type === 'text_delta') heard.say(event.delta.text);
    if (event.delta.type === 'thinking_delta') heard.think(event.delta.thinking);
  }
  hearMessage(heard, await stream.finalMessage());
};

function hearMessage(heard: Heard, message: Anthropic.Message): void {
  for (const block of message.content) {
    if (block.type === 'tool_use')
      heard.toolCalls.push({ name: block.name, arguments: block.input });
  }
  heard.finish = message.stop_reason;
  heard.promptTokens = message.usage.input_tokens;
  heard.completionTokens = message.usage.output_tokens;
}

export const ollama: Client = async (question, heard) => {
  const client = new Ollama({ host: question.endpoint('ollama'), headers: headersOf(question) });
  heard.signal.addEventListener('abort', () => client.abort());
  const request = {
    ...{ model: modelOf(question), messages: [{ role: 'user', content }] },
    ...(question.offersTools ? { tools: [{ type: 'function', function: weatherTool }] } : {}),
  };
  if (question.streaming) {
    const stream = await client.chat({ ...request, stream: true });
    for await (const part of stream) hearOllama(heard, part);
  } else {
    hearOllama(heard, await client.chat({ ...request, stream: false }));
  }
};

function hearOllama(heard: Heard, { message, ...part }: ChatResponse): void {
  if (message.thinking) heard.think(message.thinking);
  if (message.content !== '') heard.say(message.content);
  for (const { function: called } of message.tool_calls ?? []) {
    heard.toolCalls.push({ name: called.name, arguments: called.arguments });
  }
  if (!part.done) return;
  heard.finish = part.done_reason;
  heard.promptTokens = part.prompt_eval_count;
  heard.completionTokens = part.eval_count;
}

export const gemini: Client = async (question, heard) => {
  const { models } = new GoogleGenAI({
    apiKey: 'AIza-mock',
    httpOptions: { baseUrl: question.endpoint('gemini'), headers: headersOf(question) },
  });
  const { name, description, parameters } = weatherTool;
  const request = {
    ...{ model: modelOf(question), contents: content },
    config: {
      abortSignal: heard.signal,
      ...(question.choices === undefined ? {} : { candidateCount: question.choices }),
      ...(question.offersTools
        ? {
            tools: [
              { functionDeclarations: [{ name, description, parametersJsonSchema: parameters }] },
            ],
          }
        : {}),
    },
  };
  if (question.streaming) {
    const stream = await models.generateContentStream(request);
    for await (const part of stream) hearGemini(heard, part);
  } else {
    hearGemini(heard, await models.generateContent(request));
  }
};

function hearGemini(
  heard: Heard,
  { candidates = [], usageMetadata }: GenerateContentResponse,
): void {
  for (const { index = 0, content: said, finishReason } of candidates) {
    for (const { text, thought, functionCall } of said?.parts ?? []) {
      if (text) {
        if (thought) heard.think(text);
        else heard.say(text, index);
      }
      if (functionCall) {
        heard.toolCalls.push({ name: functionCall.name ?? '', arguments: functionCall.args });
      }
    }
    heard.finish = finishReason ?? heard.finish;
  }
  if (!usageMetadata) return;
  const { promptTokenCount, candidatesTokenCount = 0, thoughtsTokenCount = 0 } = usageMetadata;
  heard.promptTokens = promptTokenCount ?? null;
  heard.completionTokens = candidatesTokenCount + thoughtsTokenCount;
}
