/** What is written into a native trace; the names are those of the schema (schema.ts). */
import type {
  CallErrorCode,
  CallState,
  ClockSource,
  RunKey,
  RunStatus,
  StepKey,
  StepType,
  TokenCountSource,
} from '../model/trace.js';
import type { EpochMicroseconds, Microseconds } from '../model/units.js';

export interface NewRun {
  readonly id: string;
  readonly name: string;
  readonly startedAtUs: EpochMicroseconds;
  readonly agentType?: string;
  readonly sessionId?: string;
  readonly userId?: string;
  /** Any JSON value. */
  readonly metadata?: unknown;
}

export interface RunEnd {
  readonly status: RunStatus;
  readonly endedAtUs: EpochMicroseconds;
}

export interface NewStep {
  readonly id: string;
  readonly run: RunKey;
  readonly parent?: StepKey | null;
  readonly type: StepType;
  readonly name: string;
  readonly status?: string;
  readonly startedAtUs: EpochMicroseconds;
  readonly durationUs?: Microseconds;
  /** Any JSON value: input, output, agents' names, … of the event. */
  readonly data?: unknown;
}

/** Written when the request starts, so that a call that hangs leaves a trace. */
export interface NewCall extends Omit<NewStep, 'type' | 'status' | 'durationUs'> {
  readonly provider?: string;
  readonly wireFormat?: string;
  readonly model?: string;
  readonly streaming: boolean;
  /** The request's body as it was sent (JSON text). */
  readonly request?: string;
  readonly clockSource: ClockSource;
  readonly sampleRate?: number;
}

export interface CallEnd {
  readonly state: CallState;
  readonly durationUs: Microseconds;
  readonly ttfcUs?: Microseconds;
  readonly httpStatus?: number;
  readonly finishReason?: string;
  readonly errorCode?: CallErrorCode;
  readonly errorMessage?: string;
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  readonly tokenCountSource?: TokenCountSource;
  /** The whole response's body, where it is not the tokens' text (non-streaming calls, errors). */
  readonly response?: string;
}
