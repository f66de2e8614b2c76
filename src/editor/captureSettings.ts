/** What the settings say of a capture (`llmStream.capture.*`, `.upstreams`, `.redaction.*`, `.experimental.*`), checked. */
import { upstreamOf } from '../capture/environment.js';
import { longestEntry, mostEntries } from '../redaction/redactionSettings.js';
import {
  type Check,
  type CheckedSetting,
  type CheckedSettings,
  invalid,
  isOn,
  share,
  shown,
  text,
  texts,
  wholeNumber,
} from './checkedSettings.js';
import type { PatternVerdicts } from './patternVerdicts.js';

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
  constructor(
    private readonly settings: CheckedSettings,
    private readonly verdicts: PatternVerdicts,
  ) {
    // What is valid now stays in force when it is invalid at the first capture.
    this.read();
  }

  /**
   * To be awaited before anything is started with the options: patterns that nobody has tried are not in force.
   * @throws TraceError when they cannot be tried.
   */
  async whenChecked(): Promise<void> {
    const written = entriesOf(this.settings.given('redaction.patterns'));
    await this.verdicts.learn(written.filter(isPattern).slice(0, mostEntries));
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
      LLM_STREAM_REDACTION_KEYS: JSON.stringify(this.settings.value(redactionKeys, problems)),
      LLM_STREAM_REDACTION_PATTERNS: JSON.stringify(
        this.settings.value(redactionPatterns(this.verdicts), problems),
      ),
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

/** Where one entry is not valid, the others still keep what they name from being stored. */
const entriesWith = (
  name: string,
  check: (entry: string) => string | null,
): CheckedSetting<readonly string[]> => ({
  ...{ name, byDefault: [] },
  check: (given, where) => {
    const entries = texts(given, where);
    if (entries.length > mostEntries) {
      throw invalid(where, `it can have ${mostEntries} entries, and has ${entries.length}`);
    }
    for (const entry of entries) {
      const problem = problemOfEntry(entry, check);
      if (problem !== null) throw invalid(where, `${shown(entry)} ${problem.replace(/\.$/, '')}`);
    }
    return entries;
  },
  validPart: (given) =>
    entriesOf(given)
      .filter((entry) => problemOfEntry(entry, check) === null)
      .slice(0, mostEntries),
});

const problemOfEntry = (entry: string, check: (entry: string) => string | null): string | null =>
  entry.length > longestEntry ? `has more than ${longestEntry} characters` : check(entry);

const entriesOf = (given: unknown): readonly string[] =>
  (Array.isArray(given) ? (given as readonly unknown[]) : []).filter(
    (entry): entry is string =>
      typeof entry === 'string' && entry !== '' && entry.length <= longestEntry,
  );

const redactionKeys = entriesWith('redaction.keys', (key) =>
  key.trim() === '' ? 'names no field' : null,
);

/** What the pattern's process says of it; null for one that it has not tried yet. */
const redactionPatterns = (verdicts: PatternVerdicts): CheckedSetting<readonly string[]> => {
  const setting = entriesWith('redaction.patterns', (pattern) =>
    isPattern(pattern) ? (verdicts.of(pattern) ?? null) : 'is no regular expression of JavaScript',
  );
  const isPending = (pattern: string): boolean => verdicts.of(pattern) === undefined;
  return {
    ...setting,
    isPending: (patterns) => patterns.some(isPending),
    validPart: (given) =>
      (setting.validPart?.(given) ?? []).filter((pattern) => !isPending(pattern)),
  };
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
