/** What any reader tells of a trace, as rows of a native one that is read the same. */
import { type RunSummary, stepKey } from '../model/trace.js';
import type { Database } from '../store/database.js';
import { insertTokens } from '../store/native/tokenRows.js';
import type { RecordedCall, RecordedStep, TraceReader } from '../store/traceReader.js';
import { type StepTexts, callTexts, eventData } from './convertedTexts.js';
import { convertedFigures } from './convertedFigures.js';
import { UniqueIds } from './uniqueIds.js';

export class ConvertedTrace {
  private readonly runIds = new UniqueIds();
  private readonly stepIds = new UniqueIds();
  private renamed = 0;
  private cutTexts = 0;

  constructor(
    private readonly reader: TraceReader,
    private readonly target: Database,
  ) {}

  /** In the order of the reader's keys, which decides among what began at the same time. */
  addRun(run: RunSummary): void {
    this.target.transaction(() => {
      const key = this.target.insert('runs', 'run_key', {
        run_id: this.unique(this.runIds, run.id),
        name: run.name,
        status: run.status === 'unknown' ? null : run.status,
        started_at_us: run.startedAtUs,
        ended_at_us: run.endedAtUs,
        agent_type: run.agentType,
        session_id: run.sessionId,
        user_id: run.userId,
        metadata: this.reader.runMetadata(run.key),
      });
      this.addSteps(run, key);
    });
  }

  /** Sentences about what could not be kept as it was. */
  notices(): string[] {
    return [
      ...(this.renamed > 0
        ? [`${this.renamed} ids were there more than once: the others got a number.`]
        : []),
      ...(this.cutTexts > 0
        ? [
            `${this.cutTexts} texts were longer than a million characters: their beginnings were kept.`,
          ]
        : []),
    ];
  }

  private addSteps(run: RunSummary, runKey: number): void {
    const steps = this.reader.steps(run.key).toSorted((one, other) => one.key - other.key);
    const keys = new Map<number, number>();
    for (const step of steps) keys.set(step.key, this.addStep(step, run, runKey));
    for (const { key, parentKey } of steps) {
      if (parentKey === null) continue;
      this.target.update('steps', 'step_key', keys.get(key) ?? 0, {
        parent_step_key: keys.get(parentKey) ?? null,
      });
    }
  }

  private addStep(step: RecordedStep, run: RunSummary, runKey: number): number {
    const tokens = step.call ? this.reader.tokens(step.key) : null;
    const { sections } = this.reader.detail(step.key, () => tokens ?? this.reader.tokens(step.key));
    this.cutTexts += sections.filter(({ cutFrom }) => cutFrom !== null).length;
    const texts: StepTexts =
      step.call && tokens
        ? callTexts(step.call, sections, tokens)
        : { data: eventData(step, sections), request: null, response: null };
    const key = this.target.insert('steps', 'step_key', {
      step_id: this.unique(this.stepIds, step.id),
      run_key: runKey,
      type: step.type,
      name: step.name,
      status: statusOf(step),
      started_at_us: Math.round(run.startedAtUs + step.startUs),
      duration_us: whole(step.durationUs),
      data: texts.data,
    });
    if (!step.call || !tokens) return key;
    this.addCall(key, step.call, texts);
    this.target.update('llm_calls', 'call_key', key, convertedFigures(step.call, tokens));
    insertTokens(this.target, stepKey(key), tokens);
    this.addTokenMetadata(step, key, tokens.index[tokens.count - 1] ?? -1);
    return key;
  }

  private addCall(key: number, call: RecordedCall, { request, response }: StepTexts): void {
    this.target.insert('llm_calls', 'call_key', {
      call_key: key,
      provider: call.provider,
      wire_format: call.wireFormat,
      model: call.model,
      streaming: call.streaming === null ? null : Number(call.streaming),
      state: call.state,
      ...{ request, response },
      http_status: call.httpStatus,
      finish_reason: call.finishReason,
      error_code: call.errorCode,
      error_message: call.errorMessage,
      prompt_tokens: call.promptTokens,
      completion_tokens: call.completionTokens,
      token_count_source: call.tokenCountSource,
      clock_source: call.clockSource,
      chunk_count: call.receivedTokens,
      sample_rate: call.sampleRate,
    });
  }

  private addTokenMetadata(step: RecordedStep, key: number, last: number): void {
    this.target.runMany(
      'UPDATE llm_tokens SET metadata = ? WHERE call_key = ? AND token_index = ?',
      [...this.reader.tokenMetadata(step.key, 0, last)].map(([index, json]) => [json, key, index]),
    );
  }

  private unique(ids: UniqueIds, id: string): string {
    const unique = ids.of(id);
    if (unique !== id) this.renamed++;
    return unique;
  }
}

/** A native trace tells by the status alone that a step has failed. */
function statusOf({ status, failed, type, call }: RecordedStep): string | null {
  const isTold = call !== null || type === 'error' || status === 'failed' || status === 'error';
  return failed && !isTold ? 'failed' : status;
}

const whole = (value: number | null): number | null => (value === null ? null : Math.round(value));
