/** What is asked and what is answered, in no provider's words. */
import type { TokenKindName } from '../../src/model/tokens.js';
import type { Scenario } from './scenario.js';

export interface MockRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body where it is a JSON object, else empty. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Part of an answer that is one token of the recorded trace. */
export interface Piece {
  readonly kind: TokenKindName;
  readonly text: string;
  /** Where it is not the first: which choice of several, which tool call. */
  readonly choice?: number;
  readonly toolCall?: number;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
  /** The arguments as JSON, in the pieces in which they come. */
  readonly argumentPieces: readonly string[];
}

export interface Answer {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly createdS: number;
  readonly reasoning: readonly string[];
  /** The tokens of each choice. */
  readonly choices: readonly (readonly string[])[];
  readonly refusal: readonly string[];
  readonly toolCalls: readonly ToolCall[];
  readonly finish: 'stop' | 'length' | 'tool-calls';
  readonly usage: Usage;
  /** What the request asked for, in formats that have it. */
  readonly includesUsage: boolean;
  readonly hasLogprobs: boolean;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
}

export function answerOf(id: string, request: MockRequest, scenario: Scenario): Answer {
  const { body } = request;
  const messages = [body['messages'], body['input'], body['contents']].find(Array.isArray) ?? [];
  const reasoning = tokensOf(scenario.reasoning);
  const refusal = tokensOf(scenario.refusal);
  // The agent has called the tools: now it wants an answer.
  const toolCalls = isToolResult(messages.at(-1)) ? [] : toolCallsOf(scenario, body, id);
  const text = textOf(scenario, refusal.length > 0 || toolCalls.length > 0);
  const choices = Array.from({ length: choiceCount(body) }, (_, choice) =>
    choice % 2 === 0 ? text : text.map((token) => token.toUpperCase()),
  );
  const toolTokens = toolCalls.flatMap(({ argumentPieces }) => ['', ...argumentPieces]);
  return {
    ...{ id, model: modelOf(request), createdS: Math.floor(Date.now() / 1_000) },
    ...{ reasoning, choices, refusal, toolCalls },
    finish: toolCalls.length > 0 ? 'tool-calls' : scenario.finish,
    usage: {
      promptTokens: Math.max(1, Math.ceil(JSON.stringify(body).length / 4)),
      completionTokens: [reasoning, refusal, toolTokens, ...choices].flat().length,
      reasoningTokens: reasoning.length,
    },
    includesUsage:
      isRecord(body['stream_options']) && body['stream_options']['include_usage'] === true,
    hasLogprobs: body['logprobs'] === true,
  };
}

/** Gemini names its model in the path. */
export function modelOf({ path, body }: MockRequest): string {
  const inPath = /\/models\/([^:]+):/.exec(path)?.[1];
  if (inPath !== undefined) return decodeURIComponent(inPath);
  return typeof body['model'] === 'string' ? body['model'] : 'mock';
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function choiceCount(body: MockRequest['body']): number {
  const config = body['generationConfig'];
  const count = body['n'] ?? (isRecord(config) ? config['candidateCount'] : undefined);
  return typeof count === 'number' ? Math.max(1, Math.min(16, count)) : 1;
}

function textOf({ text, tokens }: Scenario, isOptional: boolean): string[] {
  if (text !== '') return tokensOf(text);
  return isOptional ? [] : Array.from({ length: tokens }, (_, index) => word(index));
}

const words = ['the', 'quick', 'brown', 'fox', 'jumps', 'over', 'a', 'lazy', 'dög', '🦊', '你好'];

/** Every one of them differs, so that a lost or doubled token shows. */
const word = (index: number): string =>
  `${index === 0 ? '' : ' '}${words[index % words.length] ?? ''}${index}`;

/** As tokens usually are: a word with the space before it. */
const tokensOf = (text: string): string[] => text.match(/\s*\S+/g) ?? [];

function toolCallsOf(scenario: Scenario, body: MockRequest['body'], id: string): ToolCall[] {
  const offered = toolNames(body['tools']);
  return scenario.toolCalls.map((call, index) => ({
    id: `call_${id}_${index}`,
    name: call.name === '' ? (offered[0] ?? 'get_weather') : call.name,
    arguments: call.arguments,
    argumentPieces: JSON.stringify(call.arguments).match(/[^]{1,6}/gu) ?? [],
  }));
}

/** Names of the offered tools, wherever a provider has them. */
function toolNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools.filter(isRecord).flatMap((tool) => {
    if (Array.isArray(tool['functionDeclarations'])) return toolNames(tool['functionDeclarations']);
    const name = isRecord(tool['function']) ? tool['function']['name'] : tool['name'];
    return typeof name === 'string' ? [name] : [];
  });
}

const isToolResult = (message: unknown): boolean =>
  isRecord(message) &&
  (message['role'] === 'tool' ||
    message['type'] === 'function_call_output' ||
    /"type":"tool_result"|"functionResponse":/.test(JSON.stringify(message)));
