/** The npm package openai: Chat Completions and Responses. */
import OpenAI from 'openai';
import { type Client, type Heard, type Question, headersOf, modelOf } from './conversation.js';
import { weatherParameters, weatherTool } from './conversation.js';

const clientOf = (question: Question): OpenAI =>
  new OpenAI({
    ...{ baseURL: question.endpoint('openai'), apiKey: 'sk-mock', maxRetries: 0 },
    defaultHeaders: headersOf(question),
  });

const messages = [{ role: 'user' as const, content: 'What is the weather like?' }];

export const openaiChat: Client = async (question, heard) => {
  const { chat } = clientOf(question);
  const request = {
    ...{ model: modelOf(question), messages, n: question.choices ?? 1 },
    ...(question.offersTools
      ? { tools: [{ type: 'function' as const, function: weatherTool }] }
      : {}),
  };
  if (!question.streaming) {
    const answer = await chat.completions.create(request, { signal: heard.signal });
    for (const { index, message, finish_reason } of answer.choices) {
      hearMessage(heard, message, index);
      heard.finish = finish_reason;
      heard.toolCalls.push(...(message.tool_calls ?? []).flatMap(functionOf));
    }
    hearUsage(heard, answer.usage);
    return;
  }
  const stream = await chat.completions.create(
    { ...request, stream: true, stream_options: { include_usage: true } },
    { signal: heard.signal },
  );
  const calls: { name: string; json: string }[] = [];
  for await (const { choices, usage } of stream) {
    for (const { index, delta, finish_reason } of choices) {
      hearMessage(heard, delta, index);
      heard.finish = finish_reason ?? heard.finish;
      for (const call of delta.tool_calls ?? []) {
        const known = (calls[call.index] ??= { name: '', json: '' });
        known.name += call.function?.name ?? '';
        known.json += call.function?.arguments ?? '';
      }
    }
    hearUsage(heard, usage);
  }
  heard.toolCalls.push(...calls.map(parsed));
};

const functionOf = (call: OpenAI.ChatCompletionMessageToolCall) =>
  call.type === 'function'
    ? [parsed({ name: call.function.name, json: call.function.arguments })]
    : [];

const parsed = ({ name, json }: { name: string; json: string }) => ({
  name,
  arguments: JSON.parse(json) as unknown,
});

function hearMessage(
  heard: Heard,
  message: { content?: string | null; refusal?: string | null; reasoning_content?: string },
  choice: number,
): void {
  if (message.reasoning_content) heard.think(message.reasoning_content);
  if (message.content) heard.say(message.content, choice);
  heard.refusal += message.refusal ?? '';
}

function hearUsage(heard: Heard, usage: OpenAI.CompletionUsage | null | undefined): void {
  heard.promptTokens = usage?.prompt_tokens ?? heard.promptTokens;
  heard.completionTokens = usage?.completion_tokens ?? heard.completionTokens;
}

export const openaiResponses: Client = async (question, heard) => {
  const { responses } = clientOf(question);
  const request = {
    ...{ model: modelOf(question), input: 'What is the weather like?' },
    ...(question.offersTools
      ? {
          tools: [
            {
              ...weatherTool,
              type: 'function' as const,
              parameters: weatherParameters,
              strict: false,
            },
          ],
        }
      : {}),
  };
  if (!question.streaming) {
    hearResponse(heard, await responses.create(request, { signal: heard.signal }));
    return;
  }
  const stream = await responses.create({ ...request, stream: true }, { signal: heard.signal });
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') heard.say(event.delta);
    if (event.type === 'response.reasoning_summary_text.delta') heard.think(event.delta);
    if (event.type === 'response.refusal.delta') heard.refusal += event.delta;
    if (event.type === 'response.completed' || event.type === 'response.incomplete') {
      hearEnd(heard, event.response);
    }
    if (event.type === 'error') throw new Error(event.message);
  }
};

function hearResponse(heard: Heard, response: OpenAI.Responses.Response): void {
  for (const item of response.output) {
    if (item.type === 'reasoning') heard.think(item.summary.map(({ text }) => text).join(''));
    if (item.type !== 'message') continue;
    for (const part of item.content) {
      if (part.type === 'output_text') heard.say(part.text);
      else heard.refusal += part.refusal;
    }
  }
  hearEnd(heard, response);
}

function hearEnd(heard: Heard, response: OpenAI.Responses.Response): void {
  for (const item of response.output) {
    if (item.type === 'function_call') {
      heard.toolCalls.push(parsed({ name: item.name, json: item.arguments }));
    }
  }
  heard.finish = response.incomplete_details?.reason ?? response.status ?? null;
  heard.promptTokens = response.usage?.input_tokens ?? null;
  heard.completionTokens = response.usage?.output_tokens ?? null;
}
