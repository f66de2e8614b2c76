/** The Vercel AI SDK: `ai` with the providers of OpenAI (Responses) and Anthropic. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { type LanguageModel, generateText, jsonSchema, type Tool, streamText } from 'ai';
import { type Client, type Heard, type Question, headersOf, modelOf } from './conversation.js';
import { weatherParameters, weatherTool } from './conversation.js';

export const vercelOpenai: Client = (question, heard) => {
  const provider = createOpenAI({
    ...{ baseURL: question.endpoint('openai'), apiKey: 'sk-mock', headers: headersOf(question) },
  });
  return talk(provider.responses(modelOf(question)), question, heard);
};

export const vercelAnthropic: Client = (question, heard) => {
  const provider = createAnthropic({
    ...{ baseURL: `${question.endpoint('anthropic')}/v1`, apiKey: 'sk-ant-mock' },
    headers: headersOf(question),
  });
  return talk(provider(modelOf(question)), question, heard);
};

async function talk(model: LanguageModel, question: Question, heard: Heard): Promise<void> {
  const request = {
    ...{ model, prompt: 'What is the weather like?', maxRetries: 0, abortSignal: heard.signal },
    // Without it the provider warns of models that it does not know.
    maxOutputTokens: 1_024,
    tools: question.offersTools ? { [weatherTool.name]: weather } : {},
  };
  if (!question.streaming) {
    const { text, reasoningText, toolCalls, finishReason, usage } = await generateText(request);
    if (reasoningText) heard.think(reasoningText);
    if (text !== '') heard.say(text);
    for (const { toolName, input } of toolCalls) {
      heard.toolCalls.push({ name: toolName, arguments: input });
    }
    hearEnd(heard, finishReason, usage);
    return;
  }
  const { fullStream } = streamText({ ...request, onError: () => undefined });
  for await (const part of fullStream) {
    if (part.type === 'text-delta') heard.say(part.text);
    if (part.type === 'reasoning-delta') heard.think(part.text);
    if (part.type === 'tool-call') {
      heard.toolCalls.push({ name: part.toolName, arguments: part.input });
    }
    if (part.type === 'finish') hearEnd(heard, part.finishReason, part.totalUsage);
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') throw new Error('aborted');
  }
}

/** Without a function: a call of it ends the conversation. */
const weather: Tool = {
  description: weatherTool.description,
  inputSchema: jsonSchema(weatherParameters),
};

function hearEnd(
  heard: Heard,
  finish: string,
  {
    inputTokens,
    outputTokens,
  }: { inputTokens?: number | undefined; outputTokens?: number | undefined },
): void {
  heard.finish = finish;
  heard.promptTokens = inputTokens ?? null;
  heard.completionTokens = outputTokens ?? null;
}
