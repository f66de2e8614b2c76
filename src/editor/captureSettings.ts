/** What the settings say of a capture (`llmStream.capture.*`, `.upstreams`, `.redaction.*`, `.experimental.*`), checked. */
import { upstreamOf } from '../capture/environment.js';
import { TraceError, toTraceError } from '../protocol/errors.js';

export interface CaptureOptions {
  /** As it was written: empty, absolute, relative to the workspace, or beginning with "~". */
  readonly folder: string;
  readonly autoStart: boolean;
  /** The settings of the capture process: `LLM_STREAM_*`. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ReadCaptureOptions {
  readonly options: CaptureOptions;
  /** A sentence for each setting that cannot be used as it is. */
  readonly problems: readonly string[];
}

/** Reads the settings; of one that is not valid, the last valid value stays in force. */
export class CaptureSettings {
  private readonly lastValid = new Map<string, unknown>();

  /** `get` gives the value of a setting by its name below `llmStream`: anything, because people write it. */
  constructor(private readonly get: (name: string) => unknown) {}

  read(): ReadCaptureOptions {
    const problems: string[] = [];
    const value = <T>(name: string, byDefault: T, check: Check<T>): T => {
      const given = this.get(name) ?? byDefault;
      try {
        const valid = check(given, `The setting llmStream.${name}`);
        this.lastValid.set(name, valid);
        return valid;
      } catch (thrown) {
        const hadValid = this.lastValid.has(name);
        const applies = hadValid ? 'its last valid value' : 'its default';
        problems.push(`${toTraceError(thrown).message} Until it is, ${applies} applies.`);
        return hadValid ? (this.lastValid.get(name) as T) : byDefault;
      }
    };
    const environment = {
      LLM_STREAM_PORT: String(value('capture.port', 0, wholeNumber(65_535))),
      LLM_STREAM_IDLE_TIMEOUT_SECONDS: String(
        value('capture.idleTimeoutSeconds', 600, wholeNumber(86_400)),
      ),
      LLM_STREAM_EXTRA_CA_CERTIFICATES: value('capture.extraCaCertificates', '', text),
      LLM_STREAM_UPSTREAMS: JSON.stringify(value('upstreams', {}, upstreams)),
      LLM_STREAM_REDACTION_KEYS: JSON.stringify(value('redaction.keys', [], texts)),
      LLM_STREAM_REDACTION_PATTERNS: JSON.stringify(value('redaction.patterns', [], patterns)),
      LLM_STREAM_REDACTION_DEFAULTS: String(value('redaction.defaults', true, isOn)),
      LLM_STREAM_STORE_TOKENS: String(value('capture.storeTokens', true, isOn)),
      LLM_STREAM_STORE_RESPONSES: String(value('capture.storeResponses', true, isOn)),
      LLM_STREAM_EXPERIMENTAL_OPEN_METRICS: String(value('experimental.openMetrics', false, isOn)),
      LLM_STREAM_TOKEN_SAMPLE_RATE: String(value('capture.tokenSampleRate', 1, share)),
    };
    const folder = value('capture.folder', '', text);
    const autoStart = value('capture.autoStart', false, isOn);
    return { options: { folder, autoStart, environment }, problems };
  }
}

/** @throws TraceError that begins with `where`, the setting. */
type Check<T> = (given: unknown, where: string) => T;

const wholeNumber =
  (largest: number): Check<number> =>
  (given, where) => {
    if (Number.isInteger(given) && Number(given) >= 0 && Number(given) <= largest) {
      return Number(given);
    }
    throw invalid(where, `it must be a whole number from 0 to ${largest}, and is ${shown(given)}`);
  };

const share: Check<number> = (given, where) => {
  if (typeof given === 'number' && given >= 0 && given <= 1) return given;
  throw invalid(where, `it must be a number from 0 to 1, and is ${shown(given)}`);
};

const text: Check<string> = (given, where) => {
  if (typeof given === 'string') return given.trim();
  throw invalid(where, `it must be a text, and is ${shown(given)}`);
};

const isOn: Check<boolean> = (given, where) => {
  if (typeof given === 'boolean') return given;
  throw invalid(where, `it must be true or false, and is ${shown(given)}`);
};

const texts: Check<readonly string[]> = (given, where) => {
  if (Array.isArray(given) && given.every((item) => typeof item === 'string' && item !== '')) {
    return [...(given as readonly string[])];
  }
  throw invalid(where, `it must be a list of texts, none of them empty, and is ${shown(given)}`);
};

const patterns: Check<readonly string[]> = (given, where) => {
  const valid = texts(given, where);
  for (const pattern of valid) {
    if (!isPattern(pattern)) {
      throw invalid(where, `${shown(pattern)} is no regular expression of JavaScript`);
    }
  }
  return valid;
};

function isPattern(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false;
  }
}

const upstreams: Check<Readonly<Record<string, string>>> = (given, where) => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid(where, `it must be an object of names and base URLs, and is ${shown(given)}`);
  }
  return Object.fromEntries(
    Object.entries(given).map(([name, url]) => [name, upstreamOf(name, url, where)]),
  );
};

const invalid = (where: string, why: string): TraceError =>
  new TraceError('invalid', `${where} is not valid: ${why}.`);

const shown = (given: unknown): string => JSON.stringify(given).slice(0, 100);
