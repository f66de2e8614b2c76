/** What a test asks through a client and what that client hears, in no vendor's words. */
import type { ScenarioRequest } from '../../mock/scenario.js';

export type Upstream = 'openai' | 'anthropic' | 'ollama' | 'gemini';

/** Base URL of an upstream, as its own SDK wants it: the mock's, or the capture's in front of it. */
export type Endpoint = (upstream: Upstream) => string;

export interface Question {
  readonly endpoint: Endpoint;
  /** A name, which the model then has ("mock/NAME"), or fields, which go into a header. */
  readonly scenario: string | ScenarioRequest;
  readonly streaming: boolean;
  readonly offersTools?: boolean;
  readonly choices?: number;
  /** The client aborts when it has heard so many pieces. */
  readonly abortAfter?: number;
  /** The client aborts when this is aborted. */
  readonly signal?: AbortSignal;
}

/** What a client heard; without ids, which differ from request to request. */
export class Heard {
  /** Of each choice. */
  readonly text: string[] = [];
  reasoning = '';
  refusal = '';
  readonly toolCalls: { name: string; arguments: unknown }[] = [];
  finish: string | null = null;
  promptTokens: number | null = null;
  completionTokens: number | null = null;
  /** How it went wrong, as the client told it. */
  failure: { readonly name: string; readonly status: unknown; readonly message: string } | null =
    null;

  private pieces = 0;
  private readonly leaving = new AbortController();

  constructor(private readonly question: Question) {
    const signals = [this.leaving.signal, ...(question.signal ? [question.signal] : [])];
    this.signal = AbortSignal.any(signals);
  }

  /** Aborted when the question says so. */
  readonly signal: AbortSignal;

  say(text: string, choice = 0): void {
    this.text[choice] = (this.text[choice] ?? '') + text;
    this.count();
  }

  think(text: string): void {
    this.reasoning += text;
    this.count();
  }

  private count(): void {
    this.pieces += 1;
    if (this.pieces === this.question.abortAfter) this.leaving.abort();
  }
}

export type Client = (question: Question, heard: Heard) => Promise<void>;

/** Never rejects: a failure of the client is part of what was heard. */
export async function ask(client: Client, question: Question): Promise<Heard> {
  const heard = new Heard(question);
  try {
    await client(question, heard);
  } catch (thrown) {
    heard.failure = failureOf(thrown);
  }
  return heard;
}

export const modelOf = ({ scenario }: Question): string =>
  typeof scenario === 'string' ? `mock/${scenario}` : 'a-model';

export const headersOf = ({ scenario }: Question): Record<string, string> =>
  typeof scenario === 'string' ? {} : { 'x-mock-scenario': JSON.stringify(scenario) };

/** The tool that the mock's scenarios call, as JSON Schema. */
export const weatherParameters = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const }, unit: { type: 'string' as const } },
  required: ['city'],
};
export const weatherTool = {
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: weatherParameters,
};

function failureOf(thrown: unknown): Heard['failure'] {
  if (!(thrown instanceof Error)) {
    return { name: 'no Error', status: null, message: JSON.stringify(thrown) };
  }
  const { status, statusCode, status_code } = thrown as {
    [key in 'status' | 'statusCode' | 'status_code']?: unknown;
  };
  return {
    name: thrown.constructor.name,
    status: status ?? statusCode ?? status_code ?? null,
    message: thrown.message,
  };
}
