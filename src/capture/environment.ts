/** The settings of a capture from the environment: `LLM_STREAM_*`, documented in docs/capture.md. */
import type { RedactionSettings } from '../redaction/redactionSettings.js';
import { milliseconds } from '../model/units.js';
import { type CaptureSettings, defaultUpstreams } from './captureSettings.js';
import {
  type Environment,
  invalid,
  jsonOf,
  numberOf,
  switchOf,
  textsOf,
} from './environmentValues.js';

export type { Environment };

/** As long as the longest silences that people report of models that think. */
const defaultIdleTimeoutSeconds = 600;
const longestIdleTimeoutSeconds = 86_400;

/** @throws TraceError `invalid`, naming the variable and what it can be. */
export function settingsFromEnvironment(environment: Environment): CaptureSettings {
  return {
    port: numberOf(environment, 'LLM_STREAM_PORT', 0, 65_535, 0, Number.isInteger),
    upstreams: { ...defaultUpstreams, ...upstreamsOf(environment, 'LLM_STREAM_UPSTREAMS') },
    extraCertificatesPath: environment['LLM_STREAM_EXTRA_CA_CERTIFICATES'] || null,
    idleTimeoutMs: milliseconds(
      1_000 *
        numberOf(
          environment,
          'LLM_STREAM_IDLE_TIMEOUT_SECONDS',
          0,
          longestIdleTimeoutSeconds,
          defaultIdleTimeoutSeconds,
        ),
    ),
    redaction: redactionFromEnvironment(environment),
    sampling: {
      storeTokens: switchOf(environment, 'LLM_STREAM_STORE_TOKENS', true),
      storeResponses: switchOf(environment, 'LLM_STREAM_STORE_RESPONSES', true),
      tokenSampleRate: numberOf(environment, 'LLM_STREAM_TOKEN_SAMPLE_RATE', 0, 1, 1),
    },
    experimental: {
      openMetrics: switchOf(environment, 'LLM_STREAM_EXPERIMENTAL_OPEN_METRICS', false),
    },
  };
}

/** @throws TraceError `invalid`, naming the variable and what it can be. */
export function redactionFromEnvironment(environment: Environment): RedactionSettings {
  return {
    useDefaults: switchOf(environment, 'LLM_STREAM_REDACTION_DEFAULTS', true),
    keys: textsOf(environment, 'LLM_STREAM_REDACTION_KEYS'),
    patterns: textsOf(environment, 'LLM_STREAM_REDACTION_PATTERNS'),
  };
}

/**
 * The name and the base URL of an upstream, checked; without a slash at its end.
 * @throws TraceError `invalid`; `where` is what the user has to change.
 */
export function upstreamOf(name: string, url: unknown, where: string): string {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name) || reservedNames.has(name)) {
    throw invalid(
      where,
      `"${name}" cannot be the name of an upstream: use lower-case letters, digits, ".", "_" and "-", and none of ${[...reservedNames].join(', ')}`,
    );
  }
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol) || parsed.search || parsed.hash) {
    throw invalid(
      where,
      // Not repeated: it may hold a key.
      `the base URL of "${name}" must be like https://host/v1, without a query`,
    );
  }
  if (parsed.username || parsed.password) {
    throw invalid(
      where,
      `the base URL of "${name}" must hold no credentials: the agent sends them`,
    );
  }
  return parsed.href.replace(/\/+$/, '');
}

/** They are the first part of paths that the capture answers itself. */
const reservedNames: ReadonlySet<string> = new Set([
  'v1',
  'run',
  'health',
  'openapi.json',
  'metrics',
]);

function upstreamsOf(environment: Environment, name: string): Record<string, string> {
  const text = environment[name];
  if (!text) return {};
  const value = jsonOf(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(name, 'it must be a JSON object of names and base URLs');
  }
  return Object.fromEntries(
    Object.entries(value).map(([upstream, url]) => [upstream, upstreamOf(upstream, url, name)]),
  );
}
