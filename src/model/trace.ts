/**
 * What a trace holds: runs, their steps, and the LLM calls among the steps. These are the shapes that
 * every format is read into and that the page shows; tokens are in `tokens.ts`.
 */
import type { CallMetrics } from './metrics.js';
import type { ClockSource, TokenCountSource } from './provenance.js';
import type { RateCurve } from './rateCurve.js';
import type { EpochMicroseconds, Microseconds } from './units.js';

declare const brand: unique symbol;
/** Names a run within one opened trace; not stable between files. */
export type RunKey = number & { readonly [brand]: 'run' };
/** Names a step within one opened trace; an LLM call has the key of its step. */
export type StepKey = number & { readonly [brand]: 'step' };

export const runKey = (value: number): RunKey => value as RunKey;
export const stepKey = (value: number): StepKey => value as StepKey;

export type RunStatus = 'running' | 'completed' | 'failed' | 'unknown';

export interface RunSummary {
  readonly key: RunKey;
  /** The run's identifier as it came from outside. */
  readonly id: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly startedAtUs: EpochMicroseconds;
  /** Null while it runs, or when the file does not say. */
  readonly endedAtUs: EpochMicroseconds | null;
  readonly agentType: string | null;
  readonly sessionId: string | null;
  readonly userId: string | null;
  readonly callCount: number;
  /** Tokens that the file holds for the run's calls. */
  readonly tokenCount: number;
  /** Steps and calls that failed. */
  readonly errorCount: number;
}

/** What a trace file holds, without its steps. */
export interface TraceSummary {
  /** Grows with every change of the data on disk that was read. */
  readonly generation: number;
  readonly fileName: string;
  /** The format in words: "LLM Stream trace 1", "Agent Inspector database 1". */
  readonly formatLabel: string;
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  /** Sentences that the reader of this trace must know: rows that could not be read, missing times, … */
  readonly notices: readonly string[];
}

/** Types of Agent Inspector plus our own; a format maps what it does not know to `custom`. */
export const stepTypes = [
  'llm_call',
  'tool_call',
  'memory_read',
  'memory_write',
  'error',
  'final_answer',
  'custom',
  'run_start',
  'run_end',
  'agent_spawn',
  'agent_join',
  'agent_leave',
  'agent_communication',
  'agent_handoff',
  'task_assignment',
  'task_completion',
  'agent',
  'stage',
] as const;
export type StepType = (typeof stepTypes)[number];

export interface Step {
  readonly key: StepKey;
  readonly id: string;
  readonly parentKey: StepKey | null;
  /** 0 for a step without a parent. */
  readonly depth: number;
  readonly type: StepType;
  readonly name: string;
  /** As the file says it ("completed", "failed", …); null when it says nothing. */
  readonly status: string | null;
  readonly failed: boolean;
  /** µs since the run started; a call's is when its request was sent. */
  readonly startUs: Microseconds;
  /** Null while it runs, for an event that has no length, or when the file does not say. */
  readonly durationUs: Microseconds | null;
  /** One line for the row: an error's message, a hand-off's reason; empty when there is none. */
  readonly summary: string;
  /** The agents between which a hand-off or message went. */
  readonly between: { readonly from: string; readonly to: string } | null;
  /** Set on every step of type `llm_call`. */
  readonly call: Call | null;
  /** Set on steps of type `stage`, by formats that know of them; a stage that holds stages is a group. */
  readonly stage?: Stage;
}

/** What a stage said of itself while it ran; its newest word counts. */
export interface Stage {
  /** 0–1; may have gone backwards, and need not be 1 at the end. Null where it said none. */
  readonly progress: number | null;
  /** In its own words what it is at; null where it said nothing. */
  readonly message: string | null;
  /** In order of time; neighbours have different names. Empty for most stages. */
  readonly phases: readonly StagePhase[];
}

/** Goes on until the next one begins, the last one until the stage ends. */
export interface StagePhase {
  readonly name: string;
  /** µs since the stage started; never behind its end. */
  readonly offsetUs: Microseconds;
}

/** Of more phases, a trace keeps the newest. */
export const mostPhases = 100;

/** How a call ended; `streaming` while it has not, `interrupted` when the recorder itself died. */
export const callStates = [
  'streaming',
  'completed',
  'failed',
  'aborted',
  'truncated',
  'interrupted',
] as const;
export type CallState = (typeof callStates)[number];

/** Codes of the endings that are not a success; see docs/trace-format.md. */
export const callErrorCodes = [
  'TIMEOUT',
  'RATE_LIMIT',
  'AUTH_ERROR',
  'LLM_ERROR',
  'CLIENT_ABORT',
  'TRUNCATED',
  'UPSTREAM_UNREACHABLE',
  'INTERRUPTED',
] as const;
export type CallErrorCode = (typeof callErrorCodes)[number];

export interface Call {
  readonly model: string | null;
  readonly provider: string | null;
  readonly wireFormat: string | null;
  /** Null when the file does not say. */
  readonly streaming: boolean | null;
  readonly state: CallState;
  readonly errorCode: CallErrorCode | null;
  /** The provider's or recorder's own words. */
  readonly errorMessage: string | null;
  readonly httpStatus: number | null;
  readonly finishReason: string | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly tokenCountSource: TokenCountSource | null;
  readonly clockSource: ClockSource;
  /** Tokens (chunks with content) that the file holds. */
  readonly storedTokens: number;
  /** Tokens (chunks with content) that came; more than stored when sampled or aggregated. */
  readonly receivedTokens: number;
  /** 1 when every token was kept. */
  readonly sampleRate: number;
  /** Only the first and the last tokens were kept; the figures are of all that came. */
  readonly aggregated: boolean;
  /** Null for one that was not aggregated, and where the file does not say. */
  readonly aggregatedAtUs: EpochMicroseconds | null;
  /** Of an aggregated call, in place of the tokens that are gone; null where nothing is known. */
  readonly rateCurve: RateCurve | null;
  readonly metrics: CallMetrics;
}

export interface RunDetail {
  readonly generation: number;
  readonly run: RunSummary;
  /** In the order of display: depth first below each parent, siblings by start. */
  readonly steps: readonly Step[];
  /** What the agent said of the run: JSON text, of a long one the beginning; null where it said nothing. */
  readonly metadata: string | null;
  /** µs from the run's start to the end of its last step or token; at least 1. */
  readonly lengthUs: Microseconds;
  /** Those of the trace, with what was found while the steps of this run were read. */
  readonly notices: readonly string[];
}

/** One text of a step, shown in a tab of its own. */
export interface StepSection {
  readonly title: 'Request' | 'Response' | 'Input' | 'Output' | 'Error' | 'Raw';
  /** `json`: text that parsed as JSON and may be folded; `text`: anything else. */
  readonly format: 'json' | 'text';
  readonly text: string;
  /** Length in characters of the whole text when `text` is only its beginning, else null. */
  readonly cutFrom: number | null;
}

export interface StepDetail {
  readonly key: StepKey;
  /** For a call always Request, Response and Raw, in this order; empty text where nothing is known. */
  readonly sections: readonly StepSection[];
}

/** Tokens per second along calls, for drawing bars: row-major `calls.length × bins`. */
export interface RateGrid {
  readonly generation: number;
  /** −1 where the call was not generating (before its first or after its last token). */
  readonly tokensPerSecond: Float32Array;
}
