/** What is asked about one opened trace, answered from its reader: the same for the editor and the command line. */
import { countEmptyTokens } from '../model/content.js';
import type { StallRule } from '../model/metrics.js';
import { tokenRates } from '../model/rates.js';
import { type TokenColumns, sliceColumns } from '../model/tokens.js';
import type {
  RateGrid,
  RunDetail,
  RunKey,
  Step,
  StepDetail,
  StepKey,
  TraceSummary,
} from '../model/trace.js';
import { microseconds } from '../model/units.js';
import { TraceError } from '../protocol/errors.js';
import type { RunChanges, TokenSlice, TraceRequests } from '../protocol/storeMessages.js';
import { BoundedCache } from './boundedCache.js';
import { callMetrics } from './callMetrics.js';
import { type PlacedStep, inOrderOfDisplay } from './stepOrder.js';
import type { TraceReader } from './traceReader.js';

export interface TraceQueriesOptions {
  readonly reader: TraceReader;
  readonly fileName: string;
  readonly generation: number;
  readonly stallRule: StallRule;
  /** Sentences about the file itself. */
  readonly notices: readonly string[];
}

const cachedColumnBytes = 128 * 1024 * 1024;
const cachedSteps = 100_000;
/** One request's share of the reply: 16 MB. */
const mostRates = 4_000_000;

export class TraceQueries {
  private readonly columns = new BoundedCache<StepKey, TokenColumns>(cachedColumnBytes, sizeOf);
  private readonly details = new BoundedCache<RunKey, Omit<RunDetail, 'notices'>>(
    cachedSteps,
    (detail) => detail.steps.length + 1,
  );
  private stallRule: StallRule;
  private readonly runs: TraceSummary['runs'];

  constructor(private readonly options: TraceQueriesOptions) {
    this.stallRule = options.stallRule;
    this.runs = options.reader.runs();
  }

  summary(): TraceSummary {
    const { reader, fileName, generation } = this.options;
    return {
      generation,
      fileName,
      formatLabel: reader.formatLabel,
      runs: this.runs,
      notices: this.notices(),
    };
  }

  setStallRule(stallRule: StallRule): void {
    this.stallRule = stallRule;
    this.details.clear();
  }

  /** @throws TraceError `invalid` for a run that is not in the trace. */
  run(key: RunKey): RunDetail {
    const detail = this.details.get(key, () => {
      const run = this.runs.find((candidate) => candidate.key === key);
      if (!run) throw new TraceError('invalid', 'This run is not in the trace any more.');
      let lengthUs = 1;
      const steps = inOrderOfDisplay(this.options.reader.steps(key)).map((placed) => {
        const columns = placed.step.call && this.tokens(placed.step.key);
        const step = this.withMetrics(placed, columns);
        lengthUs = Math.max(lengthUs, endOf(step, columns));
        return step;
      });
      return {
        generation: this.options.generation,
        run,
        steps,
        lengthUs: microseconds(lengthUs),
      };
    });
    return { ...detail, notices: this.notices() };
  }

  runChanges(_run: RunKey, _since: number): RunChanges | null {
    return null;
  }

  /** @throws TraceError `invalid` for a span or a number of bins that cannot be drawn. */
  rates({ run, calls, fromUs, toUs, bins }: TraceRequests['rates']['params']): RateGrid {
    const drawable =
      Number.isInteger(bins) && bins > 0 && bins * calls.length <= mostRates && toUs > fromUs;
    if (!drawable) {
      throw new TraceError('invalid', 'This part of the timeline cannot be drawn. Zoom out.');
    }
    const starts = new Map(this.run(run).steps.map((step) => [step.key, step.startUs]));
    const tokensPerSecond = new Float32Array(calls.length * bins).fill(-1);
    calls.forEach((call, row) => {
      const startUs = starts.get(call);
      if (startUs === undefined) return;
      tokenRates(this.tokens(call), fromUs, toUs, bins, tokensPerSecond, row * bins, startUs);
    });
    return { generation: this.options.generation, tokensPerSecond };
  }

  /** In order; the arrays own their buffers. */
  tokens(call: StepKey): TokenColumns {
    return this.columns.get(call, () => this.options.reader.tokens(call));
  }

  tokenSlice({ call, from, count }: TraceRequests['tokens']['params']): TokenSlice {
    const columns = this.tokens(call);
    const { generation } = this.options;
    const start = Math.max(0, Math.min(Math.floor(from), columns.count));
    const end = Math.min(start + Math.max(0, Math.floor(count)), columns.count);
    return {
      ...sliceColumns(columns, start, end),
      ...{ generation, total: columns.count, from: start, revision: generation },
    };
  }

  step(step: StepKey): StepDetail {
    return this.options.reader.detail(step, () => this.tokens(step));
  }

  close(): void {
    this.columns.clear();
    this.details.clear();
    this.options.reader.close();
  }

  private notices(): string[] {
    return [...this.options.notices, ...this.options.reader.notices()];
  }

  private withMetrics({ step, depth, parentKey }: PlacedStep, columns: TokenColumns | null): Step {
    if (!step.call || !columns) return { ...step, call: null, depth, parentKey };
    const { recorded, requestTimeKnown, ...call } = step.call;
    // A file may hold chunks without content; what is counted are those with.
    const empty = countEmptyTokens(columns);
    const receivedTokens = call.receivedTokens - empty;
    return {
      ...step,
      depth,
      parentKey,
      call: {
        ...call,
        storedTokens: call.storedTokens - empty,
        receivedTokens,
        metrics: callMetrics(
          { ...call, recorded, requestTimeKnown },
          columns,
          receivedTokens,
          this.stallRule,
        ),
      },
    };
  }
}

/** µs since the run's start. */
function endOf(step: Step, columns: TokenColumns | null): number {
  const lastTokenUs = columns?.offsetUs[columns.count - 1] ?? 0;
  return step.startUs + Math.max(step.durationUs ?? 0, lastTokenUs);
}

function sizeOf({ index, offsetUs, kind, readIndex, textEnd, text }: TokenColumns): number {
  return [index, offsetUs, kind, readIndex, textEnd, text].reduce(
    (sum, column) => sum + column.byteLength,
    // Calls without tokens are many, and not free.
    200,
  );
}
