/** From what SDKs send to the events of the log, without secrets. */
import { type CallErrorCode, type CallState, callErrorCodes } from '../../../model/trace.js';
import {
  type EpochMicroseconds,
  type Microseconds,
  type Milliseconds,
  epochMicroseconds,
  microseconds,
} from '../../../model/units.js';
import type { ReceivedFigures } from '../../../store/native/storedFigures.js';
import type { TraceEvent } from '../../../store/log/traceEvent.js';
import type { Redaction } from '../../../redaction/redaction.js';
import type { Sent, SentEvent } from './eventSchemas.js';
import { HeardRuns } from './heardRuns.js';
import { RedactedIds } from './redactedIds.js';
import { SentCall } from './sentCall.js';
import { SentProgress } from './sentProgress.js';

/** Calls and steps about which something is remembered: the oldest is forgotten. */
const mostCalls = 2_000;
const mostSteps = 10_000;

/** Of calls that did not end well, where the sender does not say more. */
const usualCode: Readonly<Partial<Record<CallState, CallErrorCode>>> = {
  failed: 'LLM_ERROR',
  aborted: 'CLIENT_ABORT',
  truncated: 'TRUNCATED',
  interrupted: 'INTERRUPTED',
};

const codes: ReadonlySet<string> = new Set(callErrorCodes);
const isCode = (code: string): code is CallErrorCode => codes.has(code);

interface SentStep {
  readonly startedAtUs: EpochMicroseconds;
  readonly hasEnded: boolean;
}

export class Translation {
  private readonly calls = new Map<string, SentCall>();
  private readonly steps = new Map<string, SentStep>();

  private readonly heard = new HeardRuns();
  private readonly ids: RedactedIds;

  private readonly progress: SentProgress;

  constructor(private readonly redaction: Redaction) {
    this.ids = new RedactedIds(redaction);
    this.progress = new SentProgress(redaction);
  }

  /** @param arrivedAtUs the time of events that do not say theirs. */
  eventsOf(event: SentEvent, arrivedAtUs: EpochMicroseconds): TraceEvent[] {
    const sent = this.ids.in(event);
    this.heard.note(sent);
    switch (sent.type) {
      case 'run_start':
        return [this.runStarted(sent, arrivedAtUs)];
      case 'run_end': {
        const { run_id: runId, status } = sent;
        return [{ type: 'run-ended', runId, status, atUs: timeOf(sent, arrivedAtUs) }];
      }
      case 'llm_call_start':
        return this.callStarted(sent, arrivedAtUs);
      case 'llm_tokens': {
        const { forgotten, call } = this.callOf(sent.llm_call_id);
        return [...forgotten, ...call.tokens(sent, arrivedAtUs)];
      }
      case 'llm_call_end':
        return this.callEnded(sent, arrivedAtUs);
      case 'step_start':
      case 'event':
        return [this.stepStarted(sent, arrivedAtUs)];
      case 'step_progress':
        return this.progress.eventsOf(sent, timeOf(sent, arrivedAtUs));
      case 'step_end':
        return this.stepEnded(sent, arrivedAtUs);
    }
  }

  get hasOpenCalls(): boolean {
    return this.heard.hasOpenCalls;
  }

  /** Of calls that are open: with them goes what was held back of their texts. */
  endCalls(atUs: EpochMicroseconds): TraceEvent[] {
    const open = [...this.calls].filter(([, call]) => call.isOpen);
    return open.flatMap(([callId, call]) => [
      ...call.end(true),
      interrupted(
        callId,
        'The capture was stopped before the call had ended.',
        call.durationUntil(atUs),
      ),
    ]);
  }

  /** Of open calls whose agent was not heard of for that long: nobody would ever end them. */
  giveUpSilent(limitMs: Milliseconds): TraceEvent[] {
    const why = `Nothing was heard of its agent for ${limitMs / 1_000} s: it was killed, or hangs.`;
    return this.heard.silent(limitMs).flatMap((callId) => {
      const call = this.calls.get(callId);
      if (!call?.isOpen) return [];
      return [...call.giveUp(), interrupted(callId, why, call.heardUs)];
    });
  }

  private runStarted(sent: Sent<'run_start'>, arrivedAtUs: EpochMicroseconds): TraceEvent {
    return {
      type: 'run-started',
      runId: sent.run_id,
      name: this.redaction.text(sent.name ?? sent.run_id),
      atUs: timeOf(sent, arrivedAtUs),
      ...given({
        agentType: this.text(sent.agent_type),
        sessionId: this.text(sent.session_id),
        userId: this.text(sent.user_id),
        metadata: this.value(sent.metadata),
      }),
    };
  }

  private callStarted(sent: Sent<'llm_call_start'>, arrivedAtUs: EpochMicroseconds): TraceEvent[] {
    const { forgotten, call } = this.callOf(sent.llm_call_id);
    // Sent once more.
    if (call.startedAtUs !== null) return forgotten;
    const atUs = (call.startedAtUs = timeOf(sent, arrivedAtUs));
    return [
      ...forgotten,
      {
        type: 'call-started',
        callId: sent.llm_call_id,
        runId: sent.run_id,
        name: this.redaction.text(sent.name ?? sent.model ?? 'LLM call'),
        atUs,
        clockSource: 'sdk',
        streaming: sent.streaming,
        ...given({
          parentId: sent.parent_id,
          provider: this.text(sent.provider),
          model: this.text(sent.model),
          request: this.body(sent.request),
          sampleRate: sent.sample_rate,
          data: this.value(sent.data),
        }),
      },
    ];
  }

  private callEnded(sent: Sent<'llm_call_end'>, arrivedAtUs: EpochMicroseconds): TraceEvent[] {
    const { forgotten, call } = this.callOf(sent.llm_call_id);
    // Sent once more: a time of arrival would be another now.
    if (call.hasEnded) return forgotten;
    const state = sent.status ?? (sent.error ? 'failed' : 'completed');
    const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = sent.usage ?? {};
    return [
      ...forgotten,
      ...described(sent),
      ...call.end(state !== 'completed'),
      {
        type: 'call-ended',
        callId: sent.llm_call_id,
        state,
        durationUs:
          sent.duration_us === undefined
            ? call.durationUntil(timeOf(sent, arrivedAtUs))
            : microseconds(sent.duration_us),
        ...this.failure(state, sent.error),
        ...given({
          ttfcUs: sent.first_chunk_us === undefined ? undefined : microseconds(sent.first_chunk_us),
          httpStatus: sent.http_status,
          finishReason: this.text(sent.finish_reason),
          promptTokens,
          completionTokens,
          tokenCountSource: completionTokens === undefined ? undefined : ('usage' as const),
          receivedTokens: sent.received_tokens,
          statistics: sent.statistics && receivedFigures(sent.statistics),
          response: this.body(sent.response),
          data: this.value(sent.data),
        }),
      },
    ];
  }

  private failure(state: CallState, error: Sent<'llm_call_end'>['error']) {
    const usual = usualCode[state];
    if (error === undefined) return given({ errorCode: usual });
    const { code = usual ?? 'LLM_ERROR', message } = error;
    return isCode(code)
      ? { errorCode: code, errorMessage: this.redaction.text(message) }
      : {
          errorCode: usual ?? ('LLM_ERROR' as const),
          errorMessage: this.redaction.text(`${code}: ${message}`),
        };
  }

  private stepStarted(
    sent: Sent<'step_start'> | Sent<'event'>,
    arrivedAtUs: EpochMicroseconds,
  ): TraceEvent {
    const known = this.steps.get(sent.step_id);
    const atUs = known?.startedAtUs ?? timeOf(sent, arrivedAtUs);
    if (!known) this.remember(sent.step_id, { startedAtUs: atUs, hasEnded: false });
    return {
      type: 'step-started',
      stepId: sent.step_id,
      runId: sent.run_id,
      stepType: sent.step_type,
      name: this.redaction.text(sent.name ?? sent.step_type),
      atUs,
      ...given({ parentId: sent.parent_id, data: this.value(sent.data) }),
      ...(sent.type === 'event'
        ? given({
            status: this.text(sent.status),
            durationUs: sent.duration_us === undefined ? undefined : microseconds(sent.duration_us),
          })
        : { status: 'running' }),
    };
  }

  private stepEnded(sent: Sent<'step_end'>, arrivedAtUs: EpochMicroseconds): TraceEvent[] {
    const known = this.steps.get(sent.step_id);
    // Sent once more: a time of arrival would be another now.
    if (known?.hasEnded) return [];
    const endedAtUs = timeOf(sent, arrivedAtUs);
    const startedAtUs = known?.startedAtUs ?? endedAtUs;
    this.remember(sent.step_id, { startedAtUs, hasEnded: true });
    return [
      {
        type: 'step-ended',
        stepId: sent.step_id,
        status: this.redaction.text(sent.status),
        durationUs: microseconds(sent.duration_us ?? Math.max(0, endedAtUs - startedAtUs)),
        ...given({ data: this.value(sent.data) }),
      },
    ];
  }

  private remember(id: string, step: SentStep): void {
    this.steps.set(id, step);
    if (this.steps.size > mostSteps) this.steps.delete(first(this.steps));
  }

  private callOf(id: string): { call: SentCall; forgotten: TraceEvent[] } {
    const known = this.calls.get(id);
    const call = known ?? new SentCall(id, this.redaction);
    // The one that was heard of last stands last.
    this.calls.delete(id);
    this.calls.set(id, call);
    if (this.calls.size <= mostCalls) return { call, forgotten: [] };
    const oldest = first(this.calls);
    const forgotten = this.calls.get(oldest)?.end(true) ?? [];
    this.calls.delete(oldest);
    return { call, forgotten };
  }

  private text(text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.redaction.text(text);
  }

  private value(value: unknown): unknown {
    return value === undefined ? undefined : this.redaction.value(value);
  }

  /** A text as it is, anything else as JSON. */
  private body(value: unknown): string | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'string') return this.redaction.jsonText(value);
    return JSON.stringify(this.redaction.value(value));
  }
}

const receivedFigures = (sent: NonNullable<Sent<'llm_call_end'>['statistics']>): ReceivedFigures =>
  given({
    ttft_us: sent.first_token_us,
    ttfo_us: sent.first_output_us,
    last_token_us: sent.last_token_us,
    icl_p50_us: sent.icl_p50_us,
    icl_p90_us: sent.icl_p90_us,
    icl_p95_us: sent.icl_p95_us,
    icl_p99_us: sent.icl_p99_us,
    icl_max_us: sent.icl_max_us,
  });

const interrupted = (
  callId: string,
  errorMessage: string,
  durationUs: Microseconds,
): TraceEvent => ({
  type: 'call-ended',
  ...{ callId, state: 'interrupted', errorCode: 'INTERRUPTED', errorMessage, durationUs },
});

/** Whether its answer came in pieces, where only its end says so. */
const described = ({ llm_call_id: callId, streaming }: Sent<'llm_call_end'>): TraceEvent[] =>
  streaming === undefined ? [] : [{ type: 'call-described', callId, streaming }];

const timeOf = (
  sent: { readonly timestamp_us?: number | undefined },
  arrivedAtUs: EpochMicroseconds,
): EpochMicroseconds =>
  sent.timestamp_us === undefined ? arrivedAtUs : epochMicroseconds(Math.round(sent.timestamp_us));

const first = <V>(map: ReadonlyMap<string, V>): string => map.keys().next().value ?? '';

/** Without what is undefined: an event has a field, or has it not. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
