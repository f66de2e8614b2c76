/** What is asked about one opened trace, answered from its reader: the same for the editor and the command line. */
import type { StallRule } from '../model/metrics.js';
import { tokenRates } from '../model/rates.js';
import type { TokenColumns } from '../model/tokens.js';
import type {
  RateGrid,
  RunDetail,
  RunKey,
  RunSummary,
  StepDetail,
  StepKey,
  TraceSummary,
} from '../model/trace.js';
import { TraceError } from '../protocol/errors.js';
import type { RunChanges, RunSlice, TokenSlice, TraceRequests } from '../protocol/storeMessages.js';
import { CallColumns } from './callColumns.js';
import { grownRuns } from './grownRuns.js';
import { RunDetails } from './runDetails.js';
import type { TraceChanges } from './traceChanges.js';
import type { GrowingReader, TraceReader } from './traceReader.js';

export interface TraceQueriesOptions {
  readonly reader: TraceReader;
  /** Of a trace that a capture writes. */
  readonly growing?: GrowingReader;
  readonly fileName: string;
  readonly generation: number;
  readonly stallRule: StallRule;
  /** Sentences about the file itself. */
  readonly notices: () => readonly string[];
}

/** One request's share of the reply: 16 MB. */
const mostRates = 4_000_000;

export class TraceQueries {
  private readonly columns: CallColumns;
  private readonly details: RunDetails;
  /** Newest first. */
  private runs: readonly RunSummary[];
  private currentGeneration: number;

  constructor(private readonly options: TraceQueriesOptions) {
    const { reader, growing, stallRule, generation } = options;
    this.currentGeneration = generation;
    this.columns = new CallColumns(
      (call, last) => (last && growing ? growing.tokensBehind(call, last) : reader.tokens(call)),
      generation,
    );
    this.details = new RunDetails((run) => reader.steps(run), this.columns, stallRule);
    this.runs = reader.runs();
  }

  get generation(): number {
    return this.currentGeneration;
  }

  summary(): TraceSummary {
    const { reader, fileName } = this.options;
    return {
      generation: this.generation,
      fileName,
      formatLabel: reader.formatLabel,
      runs: this.runs,
      notices: this.notices(),
    };
  }

  setStallRule(stallRule: StallRule): void {
    this.details.setStallRule(stallRule, this.generation);
  }

  /** Takes over what a capture's log has changed in the database: what is asked from now on is answered with it. */
  changed(changes: TraceChanges): void {
    const { growing } = this.options;
    if (!growing) return;
    this.currentGeneration++;
    const { runs, restarted } = grownRuns(this.runs, changes, growing);
    this.runs = runs;
    this.columns.changed(changes, this.generation);
    this.details.changed(changes, growing, restarted);
  }

  /** @throws TraceError `invalid` for a run that is not in the trace. */
  run(key: RunKey): RunDetail {
    const detail = this.details.detail(this.find(key), this.generation);
    return { ...detail, ...this.aboutRun(key) };
  }

  /** @throws TraceError `invalid` for a run that is not in the trace. */
  runSlice({ run, from = 0, count = Infinity }: TraceRequests['run']['params']): RunSlice {
    const detail = this.run(run);
    const steps = detail.steps.slice(from, from + count);
    return { ...detail, steps, totalSteps: detail.steps.length };
  }

  /** @throws TraceError `invalid` for a run that is not in the trace. */
  runChanges(key: RunKey, since: number): RunChanges | null {
    const changes = this.details.changes(this.find(key), since, this.generation);
    return changes && { ...changes, ...this.aboutRun(key) };
  }

  /** @throws TraceError `invalid` for a span or a number of bins that cannot be drawn. */
  rates({ run, calls, fromUs, toUs, bins }: TraceRequests['rates']['params']): RateGrid {
    const drawable =
      Number.isInteger(bins) && bins > 0 && bins * calls.length <= mostRates && toUs > fromUs;
    if (!drawable) {
      throw new TraceError('invalid', 'This part of the timeline cannot be drawn. Zoom out.');
    }
    const detail = this.details.detail(this.find(run), this.generation);
    const steps = new Map(detail.steps.map((step) => [step.key, step]));
    const tokensPerSecond = new Float32Array(calls.length * bins).fill(-1);
    calls.forEach((call, row) => {
      const step = steps.get(call);
      if (!step) return;
      const source = step.call?.rateCurve ?? this.tokens(call);
      tokenRates(source, fromUs, toUs, bins, tokensPerSecond, row * bins, step.startUs);
    });
    return { generation: this.generation, tokensPerSecond };
  }

  /** In order. The arrays may be parts of larger buffers. */
  tokens(call: StepKey): TokenColumns {
    return this.columns.of(call);
  }

  tokenSlice(params: TraceRequests['tokens']['params']): TokenSlice {
    return this.columns.slice(params, this.generation);
  }

  tokenMetadata(call: StepKey, first: number, last: number): Map<number, string> {
    return this.options.reader.tokenMetadata(call, first, last);
  }

  step(step: StepKey): StepDetail {
    return this.options.reader.detail(step, () => this.tokens(step));
  }

  close(): void {
    this.columns.clear();
    this.details.clear();
    this.options.reader.close();
  }

  private find(key: RunKey): RunSummary {
    const run = this.runs.find((candidate) => candidate.key === key);
    if (!run) throw new TraceError('invalid', 'This run is not in the trace any more.');
    return run;
  }

  private aboutRun(key: RunKey): Pick<RunDetail, 'metadata' | 'notices'> {
    return { metadata: this.options.reader.runMetadata(key), notices: this.notices() };
  }

  private notices(): string[] {
    return [...this.options.notices(), ...this.options.reader.notices()];
  }
}
