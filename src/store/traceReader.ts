/** What every trace format is read through. Implementations are synchronous: they run in the store process. */
import type { Call, RunKey, RunSummary, Step, StepDetail, StepKey } from '../model/trace.js';
import type { TokenColumns } from '../model/tokens.js';
import type { LongestGaps } from '../model/gaps.js';
import type { CallMetrics } from '../model/metrics.js';
import type { Microseconds } from '../model/units.js';

/** What a file says of a call itself; figures that can be computed from its tokens are computed. */
export interface RecordedCall extends Omit<Call, 'metrics'> {
  /** Figures that were recorded, used where the tokens cannot give them (none stored, sampled, aggregated). */
  readonly recorded: Partial<
    Omit<CallMetrics, 'stalls' | 'mayBeMoreStalls' | 'bursts' | 'durationUs' | 'ttfcUs'>
  > & {
    /** Only the recorder knows the first chunk of whatever kind and the last byte. */
    readonly ttfcUs: Microseconds | null;
    readonly durationUs: Microseconds | null;
  };
  /** Of an aggregated call, in place of the tokens that are gone; null where nothing is known. */
  readonly longestGaps: LongestGaps | null;
  /**
   * False where the file does not say when the request was sent: the tokens' offsets then count from the first
   * token, so that gaps and rates are right, but every figure since the request (TTFT, E2E, …) is unknown.
   */
  readonly requestTimeKnown: boolean;
}

export interface RecordedStep extends Omit<Step, 'call' | 'depth'> {
  readonly call: RecordedCall | null;
}

export interface TraceReader {
  /** "LLM Stream trace 1", "Agent Inspector database 1". */
  readonly formatLabel: string;
  /** Newest first. */
  runs(): RunSummary[];
  /** Sentences for the user about what could not be read; may grow while the trace is read. */
  notices(): string[];
  /** In any order; parents must be of the same run. Unknown keys yield an empty list. */
  steps(run: RunKey): RecordedStep[];
  /** JSON text, perhaps only its beginning; null where nothing was said. */
  runMetadata(run: RunKey): string | null;
  /** In order of `token_index`; empty for a call without tokens. The arrays own their buffers. */
  tokens(call: StepKey): TokenColumns;
  /** What the file says of single tokens (JSON text), by their index, of those from `first` to `last`. */
  tokenMetadata(call: StepKey, first: number, last: number): Map<number, string>;
  /** `tokens` are those of the step, where a response has to be put together from them. */
  detail(step: StepKey, tokens: () => TokenColumns): StepDetail;
  /** Frees statements and the database. */
  close(): void;
}

/** The last token that is held of a call. */
export interface LastToken {
  readonly index: number;
  readonly offsetUs: number;
}

/** Single rows of a trace that grows, read after they have changed. */
export interface GrowingReader {
  /** Null for a step that is gone. */
  runOf(step: StepKey): RunKey | null;
  /** Null for a run that is gone. Its tokens are not counted: that would take as long as there are tokens. */
  run(key: RunKey): Omit<RunSummary, 'tokenCount'> | null;
  countTokens(run: RunKey): number;
  /** Null for a step that is gone, or of another run. `storedTokens` are those of a call. */
  step(key: StepKey, run: RunKey, storedTokens: () => number): RecordedStep | null;
  tokensBehind(call: StepKey, last: LastToken): TokenColumns;
}
