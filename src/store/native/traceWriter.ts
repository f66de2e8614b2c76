/** Writes native traces; the names are those of the schema (schema.ts). */
import { type StallRule, computeCallMetrics } from '../../model/metrics.js';
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
import { type EpochMicroseconds, type Microseconds, microseconds } from '../../model/units.js';
import { Database, type SqlValue } from '../database.js';
import { migrate } from './migrations.js';
import { responseText } from './responseText.js';
import { insertTokens, readTokens } from './tokenRows.js';

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
  readonly durationUs: Microseconds;
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
  readonly durationUs: Microseconds;
  /** Takes the place of what the step was added with. */
  readonly data?: unknown;
}

/** Stalls are not stored: the reader counts them by its own rule. */
const anyStallRule: StallRule = { minimumUs: microseconds(Infinity), medianFactor: Infinity };

export class TraceWriter {
  private constructor(private readonly database: Database) {}

  /** A new, empty trace. */
  static async create(): Promise<TraceWriter> {
    return TraceWriter.over(await Database.open());
  }

  /**
   * Goes on with a trace, whose bytes belong to the writer from now on; an older version is migrated.
   * @throws TraceError `too-new`, `not-a-trace`, `not-a-database`, `corrupt`
   */
  static async fromBytes(bytes: Uint8Array): Promise<TraceWriter> {
    return TraceWriter.over(await Database.open(bytes));
  }

  private static over(database: Database): TraceWriter {
    try {
      migrate(database);
      return new TraceWriter(database);
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  }

  addRun(run: NewRun): RunKey {
    return runKey(
      this.insert('runs', 'run_key', {
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
      this.insert('steps', 'step_key', {
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
      this.insert('llm_calls', 'call_key', {
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

  /** Stores how the call ended, with the figures that its tokens give. */
  endCall(call: StepKey, end: CallEnd): void {
    const columns = readTokens(this.database, call);
    const receivedTokens = Math.max(end.receivedTokens ?? 0, columns.count);
    const metrics = computeCallMetrics({
      columns,
      durationUs: end.durationUs,
      ttfcUs: end.ttfcUs ?? null,
      completionTokens: end.completionTokens ?? null,
      tokenCountSource: end.tokenCountSource ?? null,
      clockSource: this.clockSource(call),
      receivedTokens,
      stallRule: anyStallRule,
    });
    this.database.transaction(() => {
      this.endStep(call, { status: end.state, durationUs: end.durationUs });
      this.update('llm_calls', 'call_key', call, {
        state: end.state,
        http_status: end.httpStatus ?? null,
        finish_reason: end.finishReason ?? null,
        error_code: end.errorCode ?? null,
        error_message: end.errorMessage ?? null,
        prompt_tokens: end.promptTokens ?? null,
        completion_tokens: end.completionTokens ?? null,
        token_count_source: end.tokenCountSource ?? null,
        chunk_count: receivedTokens,
        response: end.response ?? null,
        duration_us: whole(end.durationUs),
        ttfc_us: whole(end.ttfcUs),
        ttft_us: whole(metrics.ttftUs),
        ttfo_us: whole(metrics.ttfoUs),
        last_token_us: whole(metrics.lastTokenUs),
        icl_p50_us: metrics.icl?.p50 ?? null,
        icl_p90_us: metrics.icl?.p90 ?? null,
        icl_p95_us: metrics.icl?.p95 ?? null,
        icl_p99_us: metrics.icl?.p99 ?? null,
        icl_max_us: metrics.icl?.max ?? null,
      });
    });
  }

  /** Drops the tokens of a call that has ended; its text becomes the response, its figures stay. */
  aggregateCall(call: StepKey): void {
    const columns = readTokens(this.database, call);
    this.database.transaction(() => {
      this.database.run('DELETE FROM llm_tokens WHERE call_key = ?', [call]);
      this.database.run(
        'UPDATE llm_calls SET aggregated = 1, response = coalesce(response, ?) WHERE call_key = ?',
        [responseText(columns), call],
      );
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

  private clockSource(call: StepKey): ClockSource {
    const row = this.database.get('SELECT clock_source FROM llm_calls WHERE call_key = ?', [call]);
    return (row?.['clock_source'] ?? 'unknown') as ClockSource;
  }

  private insert(table: string, key: string, values: Record<string, SqlValue>): number {
    const names = Object.keys(values);
    const row = this.database.get(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
       RETURNING ${key}`,
      Object.values(values),
    );
    return Number(row?.[key]);
  }

  private update(
    table: string,
    key: string,
    keyValue: number,
    values: Record<string, SqlValue>,
  ): void {
    const assignments = Object.keys(values).map((name) => `${name} = ?`);
    this.database.run(`UPDATE ${table} SET ${assignments.join(', ')} WHERE ${key} = ?`, [
      ...Object.values(values),
      keyValue,
    ]);
  }
}

function isColumns(tokens: TokenColumns | readonly Token[]): tokens is TokenColumns {
  return 'textEnd' in tokens;
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function whole(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value);
}
