/** Writes native traces; the names are those of the schema (schema.ts). */
import { type Token, type TokenColumns, columnsOf } from '../../model/tokens.js';
import type { ClockSource, TokenCountSource } from '../../model/provenance.js';
import {
  type RunKey,
  type StepKey,
  runKey,
  stepKey,
  type CallErrorCode,
  type CallState,
  type RunStatus,
  type StepType,
} from '../../model/trace.js';
import type { EpochMicroseconds, Microseconds } from '../../model/units.js';
import { Database } from '../database.js';
import { figuresOfTokens } from './callFigures.js';
import { migrate } from './migrations.js';
import { assertOwnSchema } from './ownSchema.js';
import { jsonText } from '../rowValues.js';
import { receivedFigures, storedFigures } from './storedFigures.js';
import { insertTokens } from './tokenRows.js';

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
  /**
   * Any JSON value. Of an object the reader shows `input`, `output` and `error` in tabs of their own, takes
   * the agents of a hand-off or message from `from` and `to`, and the row's line from `error`, `reason`,
   * `summary` or `message`.
   */
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
  /** Null where it is not known: the recorder died. */
  readonly durationUs: Microseconds | null;
  readonly ttfcUs?: Microseconds;
  readonly httpStatus?: number;
  readonly finishReason?: string;
  readonly errorCode?: CallErrorCode;
  readonly errorMessage?: string;
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  readonly tokenCountSource?: TokenCountSource;
  /** Tokens that came, when not all were added (sampling). */
  readonly receivedTokens?: number;
  /** The whole response's body, where it is not the tokens' text (non-streaming calls, errors). */
  readonly response?: string;
}

export interface StepEnd {
  readonly status: string;
  readonly durationUs: Microseconds | null;
  /** Takes the place of what the step was added with. */
  readonly data?: unknown;
}

export class TraceWriter {
  private constructor(readonly database: Database) {}

  /** A new, empty trace. */
  static async create(): Promise<TraceWriter> {
    return TraceWriter.owning(await Database.open());
  }

  /**
   * Goes on with a trace, whose bytes belong to the writer from now on; an older version is migrated.
   * @throws TraceError `too-new`, `not-a-trace`, `not-a-database`, `corrupt`
   */
  static async fromBytes(bytes: Uint8Array): Promise<TraceWriter> {
    return TraceWriter.owning(await Database.open(bytes));
  }

  /**
   * Writes into an image that others read, too, and that they close.
   * @throws TraceError `too-new`, `not-a-trace`
   */
  static over(database: Database): TraceWriter {
    // Before anything is written: of a schema of others, nobody knows what that would compute.
    assertOwnSchema(database);
    migrate(database);
    return new TraceWriter(database);
  }

  private static owning(database: Database): TraceWriter {
    try {
      return TraceWriter.over(database);
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  }

  addRun(run: NewRun): RunKey {
    return runKey(
      this.database.insert('runs', 'run_key', {
        run_id: run.id,
        name: run.name,
        status: 'running',
        started_at_us: Math.round(run.startedAtUs),
        agent_type: run.agentType ?? null,
        session_id: run.sessionId ?? null,
        user_id: run.userId ?? null,
        metadata: json(run.metadata),
      }),
    );
  }

  endRun(run: RunKey, end: RunEnd): void {
    this.database.run('UPDATE runs SET status = ?, ended_at_us = ? WHERE run_key = ?', [
      end.status,
      Math.round(end.endedAtUs),
      run,
    ]);
  }

  addStep(step: NewStep): StepKey {
    return stepKey(
      this.database.insert('steps', 'step_key', {
        step_id: step.id,
        run_key: step.run,
        parent_step_key: step.parent ?? null,
        type: step.type,
        name: step.name,
        status: step.status ?? null,
        started_at_us: Math.round(step.startedAtUs),
        duration_us: whole(step.durationUs),
        data: json(step.data),
      }),
    );
  }

  endStep(step: StepKey, end: StepEnd): void {
    this.database.run(
      'UPDATE steps SET status = ?, duration_us = ?, data = coalesce(?, data) WHERE step_key = ?',
      [end.status, whole(end.durationUs), json(end.data), step],
    );
  }

  /** Written when the request starts, so that a call that hangs leaves a trace. */
  startCall(call: NewCall): StepKey {
    return this.database.transaction(() => {
      const key = this.addStep({ ...call, type: 'llm_call', status: 'running' });
      this.database.insert('llm_calls', 'call_key', {
        call_key: key,
        provider: call.provider ?? null,
        wire_format: call.wireFormat ?? null,
        model: call.model ?? null,
        streaming: call.streaming ? 1 : 0,
        state: 'streaming',
        request: call.request ?? null,
        clock_source: call.clockSource,
        sample_rate: call.sampleRate ?? 1,
      });
      return key;
    });
  }

  /**
   * Adds a batch in one transaction. Tokens without an index go on after the last one that the call has;
   * columns say every index themselves.
   */
  addTokens(call: StepKey, tokens: TokenColumns | readonly Token[]): void {
    const columns = isColumns(tokens) ? tokens : this.continuing(call, tokens);
    this.database.transaction(() => {
      insertTokens(this.database, call, columns);
      this.database.run('UPDATE llm_calls SET chunk_count = chunk_count + ? WHERE call_key = ?', [
        columns.count,
        call,
      ]);
    });
  }

  /** Stores how the call ended, with the figures that its tokens give; what is left out stays as it was. */
  endCall(call: StepKey, end: CallEnd): void {
    this.database.transaction(() => {
      this.endStep(call, { status: end.state, durationUs: end.durationUs });
      this.database.update('llm_calls', 'call_key', call, {
        state: end.state,
        http_status: end.httpStatus,
        finish_reason: end.finishReason,
        error_code: end.errorCode ?? null,
        error_message: end.errorMessage ?? null,
        prompt_tokens: end.promptTokens,
        completion_tokens: end.completionTokens,
        token_count_source: end.tokenCountSource,
        response: end.response,
        duration_us: whole(end.durationUs),
        ttfc_us: end.ttfcUs === undefined ? undefined : whole(end.ttfcUs),
      });
      this.storeFigures(call, end.receivedTokens);
    });
  }

  /**
   * Computes the figures of a call that has ended; again, when tokens came late. What the tokens that are stored
   * cannot give is taken from what was told of all that came. Those of an aggregated call stay as they are.
   */
  storeFigures(call: StepKey, receivedTokens = 0): void {
    const figures = figuresOfTokens(this.database, call, receivedTokens);
    if (!figures || figures.isAggregated) return;
    const told = figures.isWhole ? {} : receivedFigures(this.database, call);
    this.database.update('llm_calls', 'call_key', call, {
      chunk_count: figures.received,
      ...storedFigures(figures.metrics, told),
    });
  }

  /** The trace as a file's content. */
  toBytes(): Uint8Array {
    return this.database.export();
  }

  close(): void {
    this.database.close();
  }

  private continuing(call: StepKey, tokens: readonly Token[]): TokenColumns {
    const last = this.database.get(
      'SELECT max(token_index) AS last FROM llm_tokens WHERE call_key = ?',
      [call],
    )?.['last'];
    const next = typeof last === 'number' ? last + 1 : 0;
    return columnsOf(
      tokens.map((token, position) => ({ ...token, index: token.index ?? next + position })),
    );
  }
}

function isColumns(tokens: TokenColumns | readonly Token[]): tokens is TokenColumns {
  return 'textEnd' in tokens;
}

function json(value: unknown): string | null {
  return value === undefined ? null : jsonText(value);
}

function whole(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value);
}
