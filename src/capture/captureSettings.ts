/** What a capture can be told; read from LLM_STREAM_* by environment.ts, whoever starts it. */
import type { Milliseconds } from '../model/units.js';
import type { RedactionSettings } from '../redaction/redactionSettings.js';

export interface CaptureSettings {
  /** 0: a free one. */
  readonly port: number;
  /** Base URLs by name: the part of our URL that chooses between them. */
  readonly upstreams: Readonly<Record<string, string>>;
  /** PEM file with certificates to trust beside the system's; null for none. */
  readonly extraCertificatesPath: string | null;
  /** How long an upstream may be silent; 0 for ever. */
  readonly idleTimeoutMs: Milliseconds;
  readonly redaction: RedactionSettings;
  readonly sampling: SamplingSettings;
  readonly experimental: ExperimentalSettings;
}

/** What is young, and off unless somebody wants it. */
export interface ExperimentalSettings {
  /** `GET /metrics` */
  readonly openMetrics: boolean;
}

/** What of a call's tokens is stored. Its figures are, always: they are counted before any is left out. */
export interface SamplingSettings {
  readonly storeTokens: boolean;
  /** Whether the text of a response is stored where not all its tokens are. */
  readonly storeResponses: boolean;
  /** The share of tokens that is stored, 0 to 1; the first and the last one always are. */
  readonly tokenSampleRate: number;
}

/** Those of the vendors' own SDKs. */
export const defaultUpstreams: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
  ollama: 'http://127.0.0.1:11434',
  gemini: 'https://generativelanguage.googleapis.com',
};
