/** What the mock server does with a request: chosen by the request itself, by name, or in full as JSON. */
import type { IncomingHttpHeaders } from 'node:http';

/** Everything has a default, so that a request says only what matters to it. Times in milliseconds. */
export interface Scenario {
  /** The answer, cut into tokens before each space; when empty, `tokens` words are made up. */
  readonly text: string;
  readonly tokens: number;
  readonly reasoning: string;
  readonly refusal: string;
  /** Tool calls of the answer; a name of "" is that of the first tool which the request offers. */
  readonly toolCalls: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly finish: 'stop' | 'length';

  readonly headDelayMs: number;
  /** Wait before each write that holds tokens: one after the other, then from the beginning again. */
  readonly gapsMs: readonly number[];
  /** Keeps gaps to some 0.05 ms, at the cost of a core's time. */
  readonly isPrecise: boolean;
  /** Tokens of one write. */
  readonly eventsPerWrite: number;
  /** Writes into which each event is cut, a millisecond apart. */
  readonly writesPerEvent: number;
  /** A sign of life without content after every so many tokens; 0 for none. */
  readonly pingEvery: number;
  readonly encoding: 'identity' | 'gzip' | 'deflate' | 'br' | 'zstd';
  /** Whether each write is flushed by itself, or all is compressed at the end as a buffering gateway does. */
  readonly encodingFlush: 'event' | 'whole';
  readonly keepAlive: boolean;

  /** Not 200: an error in the provider's own words, and nothing else. */
  readonly status: number;
  readonly ending: Ending;
  /** Tokens after which an `ending` other than "complete" comes. */
  readonly endAfter: number;
}

/** What a request says of a scenario: fields, and optionally the named one that they change. */
export type ScenarioRequest = Partial<Scenario> & { readonly name?: string };

export type Ending =
  | 'complete'
  /** An error event inside the stream, which then ends properly. */
  | 'error-event'
  /** The response ends properly as HTTP, but without the format's terminal event. */
  | 'truncated'
  /** The connection is closed in the middle of the body. */
  | 'cut'
  /** The same with a TCP reset. */
  | 'reset'
  /** Nothing more comes, and nothing is closed. */
  | 'hang'
  /** Not even a head comes. */
  | 'hang-before-head';

const defaults: Scenario = {
  ...{ text: '', tokens: 24, reasoning: '', refusal: '', toolCalls: [], finish: 'stop' },
  ...{ headDelayMs: 0, gapsMs: [5], isPrecise: false, eventsPerWrite: 1, writesPerEvent: 1 },
  ...{ pingEvery: 0, encoding: 'identity', encodingFlush: 'event', keepAlive: true },
  ...{ status: 200, ending: 'complete', endAfter: 8 },
};

const weather = { name: '', arguments: { city: 'Zürich', unit: 'celsius' } };
const clock = { name: 'get_time', arguments: { zone: 'Europe/Zurich' } };

/**
 * For endings that must not meet the eight tokens before them on their way: a reset overtakes what was not read
 * yet, and some clients know an error only when it comes in a read of its own.
 */
const thenPause = [5, 5, 5, 5, 5, 5, 5, 5, 400];

/** Scenarios by name; beside them "status-401" and so on for every status. */
export const namedScenarios: Readonly<Record<string, Partial<Scenario>>> = {
  default: {},
  fast: { gapsMs: [0] },
  slow: { gapsMs: [100] },
  stall: { gapsMs: [20, 20, 20, 20, 20, 20, 20, 2_000] },
  burst: { eventsPerWrite: 5, gapsMs: [40] },
  split: { writesPerEvent: 3, text: 'Grüße aus Zürich 🚠 – schön ist es hier 🏔️ , 你好 !' },
  reasoning: { reasoning: 'The user asks a question. Let me think about it step by step.' },
  refusal: { refusal: 'I am sorry, but I cannot help with that.', text: '' },
  tools: { toolCalls: [weather] },
  'two-tools': { toolCalls: [weather, clock], text: 'Let me look that up.' },
  pings: { pingEvery: 3 },
  length: { finish: 'length' },
  'slow-head': { headDelayMs: 500 },
  gzip: { encoding: 'gzip' },
  deflate: { encoding: 'deflate' },
  br: { encoding: 'br' },
  zstd: { encoding: 'zstd' },
  'gzip-whole': { encoding: 'gzip', encodingFlush: 'whole' },
  close: { keepAlive: false },
  'error-event': { ending: 'error-event', gapsMs: thenPause },
  truncated: { ending: 'truncated' },
  cut: { ending: 'cut' },
  reset: { ending: 'reset', gapsMs: thenPause },
  hang: { ending: 'hang' },
  'hang-before-head': { ending: 'hang-before-head' },
};

/** Asks for a scenario that there is not: the mock answers 400 with the message. */
export class ScenarioError extends Error {}

/**
 * The header `x-mock-scenario` (a name, or JSON with the fields of {@link Scenario} and optionally `name`, which
 * it begins from), else a model called "mock/NAME", else the default.
 */
export function scenarioOf(headers: IncomingHttpHeaders, model: string): Scenario {
  const header = headers['x-mock-scenario'];
  if (typeof header === 'string') {
    return header.startsWith('{') ? fromJson(header) : named(header);
  }
  const name = /(?:^|\/)mock\/([\w-]+)$/.exec(model)?.[1];
  return named(name ?? 'default');
}

function named(name: string): Scenario {
  const status = /^status-(\d{3})$/.exec(name)?.[1];
  if (status !== undefined) return { ...defaults, status: Number(status) };
  const chosen = namedScenarios[name];
  if (!chosen) {
    const known = Object.keys(namedScenarios).join(', ');
    throw new ScenarioError(`There is no scenario "${name}". There are: ${known}, status-NNN.`);
  }
  return { ...defaults, ...chosen };
}

function fromJson(json: string): Scenario {
  const { name, ...fields } = parse(json);
  const unknown = Object.keys(fields).find((field) => !(field in defaults));
  if (unknown !== undefined) throw new ScenarioError(`A scenario has no field "${unknown}".`);
  return { ...named(name ?? 'default'), ...fields };
}

function parse(json: string): ScenarioRequest {
  try {
    return JSON.parse(json) as ScenarioRequest;
  } catch {
    throw new ScenarioError('The header x-mock-scenario begins with "{" but is no JSON.');
  }
}
