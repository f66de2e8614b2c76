/**
 * What a recorder says while it records, one event a line of a capture's log (`FILE.llmtrace-log`) and in the
 * end folded into the trace. Ids come from outside and name things across events.
 *
 * Applying an event twice equals applying it once, and whatever is already in the file stays: a log that was
 * folded but not yet cut when the process died is simply applied again.
 */
import type { ClockSource, TokenCountSource } from '../../model/provenance.js';
import type { StreamShape } from '../../model/streamShape.js';
import type { TokenKind } from '../../model/tokens.js';
import type { CallErrorCode, CallState, RunStatus, StepType } from '../../model/trace.js';
import type { EpochMicroseconds, Microseconds } from '../../model/units.js';
import type { ReceivedFigures } from '../native/storedFigures.js';

export type TraceEvent =
  | RunStarted
  | RunEnded
  | StepStarted
  | StepProgressed
  | StepEnded
  | CallStarted
  | CallDescribed
  | TokensCame
  | TokenText
  | CallEnded;

export interface RunStarted {
  readonly type: 'run-started';
  readonly runId: string;
  readonly name: string;
  readonly atUs: EpochMicroseconds;
  readonly agentType?: string;
  readonly sessionId?: string;
  readonly userId?: string;
  /** Any JSON value. */
  readonly metadata?: unknown;
}

export interface RunEnded {
  readonly type: 'run-ended';
  readonly runId: string;
  readonly status: RunStatus;
  readonly atUs: EpochMicroseconds;
}

/** Every step but an LLM call; one that is over at once has its status and, if it has a length, its duration. */
export interface StepStarted {
  readonly type: 'step-started';
  readonly stepId: string;
  readonly runId: string;
  readonly parentId?: string;
  readonly stepType: Exclude<StepType, 'llm_call'>;
  readonly name: string;
  readonly atUs: EpochMicroseconds;
  readonly status?: string;
  readonly durationUs?: Microseconds;
  /** Any JSON value; see `NewStep.data` of the trace writer. */
  readonly data?: unknown;
}

/** How far a stage is; what is left out stays as it was. Kept in the `data` of the step. */
export interface StepProgressed {
  readonly type: 'step-progressed';
  readonly stepId: string;
  readonly atUs: EpochMicroseconds;
  /** 0–1. */
  readonly progress?: number;
  /** The phase that begins now. */
  readonly phase?: string;
  readonly message?: string;
}

export interface StepEnded {
  readonly type: 'step-ended';
  readonly stepId: string;
  readonly status: string;
  readonly durationUs: Microseconds;
  /** Takes the place of what the step started with; what a stage said of its progress stays. */
  readonly data?: unknown;
}

/** Written when the request starts, so that a call that hangs leaves a trace. */
export interface CallStarted {
  readonly type: 'call-started';
  readonly callId: string;
  readonly runId: string;
  readonly parentId?: string;
  readonly name: string;
  readonly atUs: EpochMicroseconds;
  readonly clockSource: ClockSource;
  readonly streaming: boolean;
  readonly provider?: string;
  readonly wireFormat?: string;
  readonly model?: string;
  /** The request's body (JSON text), redacted. */
  readonly request?: string;
  readonly sampleRate?: number;
  /** Any JSON value: what is known of the call beside its columns. */
  readonly data?: unknown;
}

/** What became known of a call after it had started; what is left out stays as it was. */
export interface CallDescribed {
  readonly type: 'call-described';
  readonly callId: string;
  readonly name?: string;
  /** When the request was really sent: offsets count from here. */
  readonly atUs?: EpochMicroseconds;
  readonly streaming?: boolean;
  readonly provider?: string;
  readonly wireFormat?: string;
  readonly model?: string;
  readonly request?: string;
  readonly httpStatus?: number;
  /** Request sent → first chunk of whatever kind. */
  readonly ttfcUs?: Microseconds;
  readonly data?: unknown;
}

/** Offset since the request was sent, kind, text, and metadata (a JSON value) where there is any. */
export type LoggedToken = readonly [
  offsetUs: Microseconds,
  kind: TokenKind,
  text: string,
  metadata?: Readonly<Record<string, unknown>>,
];

/** The tokens of one read of the socket, or of one batch of an SDK. */
export interface TokensCame {
  readonly type: 'tokens';
  readonly callId: string;
  /** Index of the first of them in the whole stream; the others follow one by one. */
  readonly firstIndex: number;
  /** Which read of the socket they came out of; absent where that is not known. */
  readonly readIndex?: number;
  readonly tokens: readonly LoggedToken[];
}

/**
 * The text of a token whose end was withheld at first, because it might have been the beginning of a secret.
 * Takes the place of the text that the token came with.
 */
export interface TokenText {
  readonly type: 'token-text';
  readonly callId: string;
  readonly index: number;
  readonly text: string;
}

export interface CallEnded {
  readonly type: 'call-ended';
  readonly callId: string;
  readonly state: Exclude<CallState, 'streaming'>;
  readonly durationUs: Microseconds;
  readonly ttfcUs?: Microseconds;
  readonly httpStatus?: number;
  readonly finishReason?: string;
  readonly errorCode?: CallErrorCode;
  readonly errorMessage?: string;
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  readonly tokenCountSource?: TokenCountSource;
  /** Tokens that came, when not all were kept (sampling). */
  readonly receivedTokens?: number;
  /** Of all tokens that came, where not all were kept. */
  readonly statistics?: ReceivedFigures;
  /** The same of their gaps, bursts and rate. */
  readonly shape?: StreamShape;
  /** The response's body where it is not the tokens' text (non-streaming calls, errors). */
  readonly response?: string;
  readonly data?: unknown;
}

/** Takes what was recorded. Never throws and never waits: what cannot be written is kept and tried again. */
export interface EventSink {
  /** True when the events are written, so that they survive the end of this process. */
  append(events: readonly TraceEvent[]): boolean;
}
