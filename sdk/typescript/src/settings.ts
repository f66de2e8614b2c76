/** The settings: defaults, over them the environment, over it the options of `configure`. */
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import type { TraceOptions } from './api.js';
import type { SendingSettings } from './sending/settings.js';
import { warnOnce } from './warnings.js';

export interface TraceSettings extends SendingSettings {
  readonly storeTokens: boolean;
  readonly storeResponses: boolean;
  /** 0 to 1. */
  readonly tokenSampleRate: number;
  readonly defaultRunName: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a value may be, in the environment as text and in the options as itself. */
interface Kind<T> {
  readonly expected: string;
  ofText(text: string): unknown;
  isRight(value: unknown): value is T;
  /** Whether a wrong value may be repeated in a message. */
  readonly isSecret?: true;
}

const toggle: Kind<boolean> = {
  expected: 'true or false',
  ofText: (text) =>
    /^(true|1|on|yes)$/i.test(text) ? true : /^(false|0|off|no)$/i.test(text) ? false : text,
  isRight: (value) => typeof value === 'boolean',
};

const text: Kind<string> = {
  expected: 'a text that is not empty',
  ofText: (text) => text,
  isRight: (value): value is string => typeof value === 'string' && value !== '',
};

const secret: Kind<string> = { ...text, isSecret: true };

const number = (smallest: number, largest: number): Kind<number> => ({
  expected: `a number from ${smallest} to ${largest}`,
  ofText: (text) => (text.trim() === '' ? text : Number(text)),
  isRight: (value): value is number =>
    typeof value === 'number' && value >= smallest && value <= largest,
});

const whenAway: Kind<'drop' | 'spool'> = {
  expected: '"drop" or "spool"',
  ofText: (text) => text.toLowerCase(),
  isRight: (value) => value === 'drop' || value === 'spool',
};

const endpoint: Kind<string> = {
  expected: 'the URL of a capture, like http://127.0.0.1:4319, without credentials or a query',
  ofText: (text) => text,
  isRight: (value): value is string => typeof value === 'string' && isBaseUrl(value),
  isSecret: true,
};

function isBaseUrl(value: string): boolean {
  try {
    const url = new URL(value);
    const isBare = !url.username && !url.password && !url.search && !url.hash;
    return isBare && (url.protocol === 'http:' || url.protocol === 'https:');
  } catch {
    return false;
  }
}

type OptionName = keyof TraceOptions;
type ValueOf<Name extends OptionName> = NonNullable<TraceOptions[Name]>;
type Kinds = { readonly [Name in OptionName]-?: Kind<ValueOf<Name>> };

const kinds: Kinds = {
  endpoint,
  token: secret,
  enabled: toggle,
  storeTokens: toggle,
  storeResponses: toggle,
  tokenSampleRate: number(0, 1),
  defaultRunName: text,
  whenAway,
  spoolFolder: text,
  spoolMegabytes: number(1, 1_048_576),
  bufferMegabytes: number(1, 4_096),
  exitTimeoutSeconds: number(0, 600),
  handleSignals: toggle,
};

const optionNames = Object.keys(kinds) as OptionName[];

/** LLM_STREAM_ and the option's name, but for the run. */
function variableOf(name: OptionName): string {
  if (name === 'defaultRunName') return 'LLM_STREAM_RUN';
  if (name === 'bufferMegabytes') return 'LLM_STREAM_BUFFER_MB';
  if (name === 'spoolMegabytes') return 'LLM_STREAM_SPOOL_MB';
  return `LLM_STREAM_${name.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()}`;
}

/** @throws TypeError that names the first option that is wrong. */
export function checkedOptions(options: unknown): TraceOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError('trace.configure takes an object of options.');
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!isOption(name)) {
      throw new TypeError(`"${name}" is no option of trace.configure: ${optionNames.join(', ')}.`);
    }
    if (!kinds[name].isRight(value)) {
      const both = `The option ${name} (${variableOf(name)})`;
      throw new TypeError(wrongValue(both, kinds[name], value));
    }
  }
  return Object.fromEntries(given);
}

const isOption = (name: string): name is OptionName => Object.hasOwn(kinds, name);

/** A variable that is wrong is said once, and the default is used. */
export function settingsOf(
  options: TraceOptions,
  environment: Environment = process.env,
): TraceSettings {
  const valueOf = <Name extends OptionName>(name: Name): ValueOf<Name> | undefined =>
    options[name] ?? fromEnvironment(name, environment);
  return {
    endpoint: valueOf('endpoint')?.replace(/\/+$/, '') ?? null,
    token: valueOf('token') ?? null,
    enabled: valueOf('enabled') ?? true,
    storeTokens: valueOf('storeTokens') ?? true,
    storeResponses: valueOf('storeResponses') ?? true,
    tokenSampleRate: valueOf('tokenSampleRate') ?? 1,
    defaultRunName: valueOf('defaultRunName') ?? programName(),
    whenAway: valueOf('whenAway') ?? 'drop',
    spoolFolder: valueOf('spoolFolder') ?? defaultSpoolFolder(),
    spoolMegabytes: valueOf('spoolMegabytes') ?? 1_024,
    bufferMegabytes: valueOf('bufferMegabytes') ?? 32,
    exitTimeoutSeconds: valueOf('exitTimeoutSeconds') ?? 2,
    handleSignals: valueOf('handleSignals') ?? true,
  };
}

function fromEnvironment<Name extends OptionName>(
  name: Name,
  environment: Environment,
): ValueOf<Name> | undefined {
  const variable = variableOf(name);
  const text = environment[variable];
  if (!text) return undefined;
  const kind: Kind<unknown> = kinds[name];
  const value = kind.ofText(text);
  if (kind.isRight(value)) return value as ValueOf<Name>;
  warnOnce(variable, `${wrongValue(variable, kind, text)} It is not used.`);
  return undefined;
}

function wrongValue(what: string, kind: Kind<unknown>, value: unknown): string {
  if (kind.isSecret) return `${what} must be ${kind.expected}.`;
  return `${what} must be ${kind.expected}, and is ${shown(value)}.`;
}

const shown = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number'
    ? JSON.stringify(value).slice(0, 100)
    : `of type ${typeof value}`;

/** One a user, the same in every SDK: what waits there may be confidential, and is for whoever comes next. */
function defaultSpoolFolder(): string {
  const user = process.getuid?.();
  return join(tmpdir(), user === undefined ? 'llm-stream-spool' : `llm-stream-spool-${user}`);
}

function programName(): string {
  const script = process.argv[1];
  return script ? basename(script) : 'agent';
}
