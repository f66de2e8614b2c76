/** What the settings say of a capture (`llmStream.capture.*`, `.upstreams`, `.redaction.*`, `.experimental.*`), checked. */
import { upstreamOf } from '../capture/environment.js';
import {
  type Check,
  type CheckedSettings,
  invalid,
  isOn,
  share,
  shown,
  text,
  texts,
  wholeNumber,
} from './checkedSettings.js';

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

export class CaptureSettings {
  constructor(private readonly settings: CheckedSettings) {
    // What is valid now stays in force when it is invalid at the first capture.
    this.read();
  }

  read(): ReadCaptureOptions {
    const problems: string[] = [];
    const value = <T>(
      name: string,
      byDefault: T,
      check: Check<T>,
      show: (value: T) => string = shown,
    ): T => this.settings.value({ name, byDefault, check, show }, problems);
    const environment = {
      LLM_STREAM_PORT: String(value('capture.port', 0, wholeNumber(65_535))),
      LLM_STREAM_IDLE_TIMEOUT_SECONDS: String(
        value('capture.idleTimeoutSeconds', 600, wholeNumber(86_400)),
      ),
      LLM_STREAM_EXTRA_CA_CERTIFICATES: value('capture.extraCaCertificates', '', text),
      LLM_STREAM_UPSTREAMS: JSON.stringify(value('upstreams', {}, upstreams, namesOf)),
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

/** Without the URLs: one may hold a key. */
const namesOf = (upstreams: Readonly<Record<string, string>>): string =>
  Object.keys(upstreams).join(', ') || 'none';
