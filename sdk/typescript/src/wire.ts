/** The lines that go to `POST /v1/events` of a capture; their fields are defined in docs/api.md of the repository. */

export const tokenKinds = [
  'text',
  'reasoning',
  'refusal',
  'tool_arguments',
  'tool_name',
  'audio_transcript',
  'other',
] as const;
export type TokenKind = (typeof tokenKinds)[number];

export const stepTypes = [
  'tool_call',
  'memory_read',
  'memory_write',
  'error',
  'final_answer',
  'custom',
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

export interface RunStart {
  readonly type: 'run_start';
  readonly run_id: string;
  readonly name: string;
  readonly timestamp_us: number;
  readonly agent_type?: string;
  readonly session_id?: string;
  readonly user_id?: string;
  readonly metadata?: unknown;
}

export interface RunEnd {
  readonly type: 'run_end';
  readonly run_id: string;
  readonly status: 'completed' | 'failed';
  readonly timestamp_us: number;
}

export interface CallStart {
  readonly type: 'llm_call_start';
  readonly llm_call_id: string;
  readonly run_id: string;
  readonly parent_id?: string;
  readonly name?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly streaming: boolean;
  readonly timestamp_us: number;
  readonly request?: unknown;
  /** The share of its tokens that will be sent; 0: none but what `statistics` and `response` say. */
  readonly sample_rate?: number;
  readonly data?: unknown;
}

export interface WireToken {
  readonly token: string;
  /** µs since the call started. */
  readonly offset_us: number;
  /** Left out for text. */
  readonly kind?: TokenKind;
  /** Where tokens before it were left out. */
  readonly index?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface Tokens {
  readonly type: 'llm_tokens';
  readonly llm_call_id: string;
  readonly first_index: number;
  readonly tokens: readonly WireToken[];
}

/** Of all tokens that came, counted before any was left out; µs since the call started. */
export interface CallStatistics {
  readonly first_token_us?: number;
  readonly first_output_us?: number;
  readonly last_token_us?: number;
  readonly icl_p50_us?: number;
  readonly icl_p90_us?: number;
  readonly icl_p95_us?: number;
  readonly icl_p99_us?: number;
  readonly icl_max_us?: number;
}

export const callStatuses = ['completed', 'failed', 'aborted', 'truncated', 'interrupted'] as const;
export type CallStatus = (typeof callStatuses)[number];

export interface CallEnd {
  readonly type: 'llm_call_end';
  readonly llm_call_id: string;
  readonly status: CallStatus;
  readonly duration_us: number;
  readonly first_chunk_us?: number;
  readonly error?: { readonly code?: string; readonly message: string };
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number };
  readonly finish_reason?: string;
  readonly http_status?: number;
  /** Where it is other than the start said. */
  readonly streaming?: boolean;
  /** Tokens that came, where not all were sent. */
  readonly received_tokens?: number;
  readonly statistics?: CallStatistics;
  readonly response?: unknown;
  readonly data?: unknown;
}

interface StepFields {
  readonly step_id: string;
  readonly run_id: string;
  readonly parent_id?: string;
  readonly step_type: StepType;
  readonly name?: string;
  readonly timestamp_us: number;
  readonly data?: unknown;
}

export interface StepStart extends StepFields {
  readonly type: 'step_start';
}

/** What is left out stays as it was. */
export interface StepProgress {
  readonly type: 'step_progress';
  readonly step_id: string;
  readonly timestamp_us: number;
  /** 0 to 1. */
  readonly progress?: number;
  /** One that begins now. */
  readonly phase?: string;
  readonly message?: string;
}

export interface StepEnd {
  readonly type: 'step_end';
  readonly step_id: string;
  readonly status: string;
  readonly duration_us: number;
  readonly data?: unknown;
}

/** A step that is over already. */
export interface StepEvent extends StepFields {
  readonly type: 'event';
  readonly status?: string;
  readonly duration_us?: number;
}

export type WireEvent =
  RunStart | RunEnd | CallStart | Tokens | CallEnd | StepStart | StepProgress | StepEnd | StepEvent;
