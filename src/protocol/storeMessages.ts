/** Extension host ⇄ store process. Everything about one opened trace carries its `document` number. */
import type { StallRule } from '../model/metrics.js';
import type { TokenColumns } from '../model/tokens.js';
import type {
  RateGrid,
  RunDetail,
  RunKey,
  Step,
  StepDetail,
  StepKey,
  TraceSummary,
} from '../model/trace.js';
import type { Microseconds } from '../model/units.js';
import type { NoMethods } from './channel.js';
import type { SerializedError } from './errors.js';

/** Chosen by the host when it opens a trace. */
export type DocumentNumber = number;

export interface OpenParams {
  readonly document: DocumentNumber;
  /** A file of this machine by path, or the bytes of a file of a virtual file system. */
  readonly source:
    | { readonly kind: 'path'; readonly path: string }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly fileName: string };
  readonly stallRule: StallRule;
  /** Of the first reading; 1 unless this trace was open before, and then larger than it had been. */
  readonly firstGeneration?: number;
  /** Larger files are refused with `confirm-size`; Infinity to open all the same. */
  readonly confirmAboveBytes: number;
  /** Fernet keys to try on an encrypted trace, base64url as the user typed them. */
  readonly keys: readonly string[];
}

/** A part of a call's tokens, short enough that passing it on keeps no process from its other work. */
export interface TokenSlice extends TokenColumns {
  readonly generation: number;
  /** How many tokens the call has. */
  readonly total: number;
  /** Position of the slice's first token. */
  readonly from: number;
  /** Grows when tokens that were there before change, and not when others come behind them. */
  readonly revision: number;
}

/** A run with a part of its steps; see {@link readRun} of readRun.ts. */
export interface RunSlice extends RunDetail {
  /** How many steps the run has; absent when all are there. */
  readonly totalSteps?: number;
}

/** What is different in a run since an earlier generation; see {@link mergeRun} of readRun.ts. */
export interface RunChanges extends Omit<RunDetail, 'steps'> {
  /** Steps that are new, or different. */
  readonly changed: readonly Step[];
  /** All steps in the order of display; null when none came or moved. */
  readonly order: readonly StepKey[] | null;
}

export interface CallTokenRanges {
  /** Tokens between the two times. */
  readonly total: number;
  /** Of the calls that have tokens on the page. */
  readonly ranges: readonly CallTokenRange[];
}

/** Positions of a call's tokens: `from` (inclusive) to `to` (exclusive). */
export interface CallTokenRange {
  readonly call: StepKey;
  readonly from: number;
  readonly to: number;
}

/** What the page, and anyone else, may ask about an opened trace; the same on both channels. */
export type TraceRequests = {
  /** With all its steps, or at most `count` of them from position `from` on. */
  run: { params: { run: RunKey; from?: number; count?: number }; result: RunSlice };
  /** For a run that grows: only what changed after the generation `since`; null when all has to be asked for. */
  runChanges: { params: { run: RunKey; since: number }; result: RunChanges | null };
  /** Tokens per second of calls in `bins` equal parts of the span, µs since the run's start. */
  rates: {
    params: {
      run: RunKey;
      calls: readonly StepKey[];
      fromUs: Microseconds;
      toUs: Microseconds;
      bins: number;
    };
    result: RateGrid;
  };
  /**
   * At most `count` tokens of a call, beginning with the one at position `from`. Whoever holds the tokens before
   * it gives their `revision`: the slice begins further in front when some of them have changed since (at 0 when
   * all is to be read anew), and takes the place of all that is held from there on.
   */
  tokens: {
    params: { call: StepKey; from: number; count: number; revision?: number };
    result: TokenSlice;
  };
  step: { params: { step: StepKey }; result: StepDetail };
};

type OfDocument<R> = {
  [M in keyof R]: R[M] extends { params: infer P; result: infer T }
    ? { params: P & { document: DocumentNumber }; result: T }
    : never;
};

export type StoreSurface = {
  requests: OfDocument<TraceRequests> & {
    open: { params: OpenParams; result: TraceSummary };
    close: { params: { document: DocumentNumber }; result: null };
    /** Metrics are computed with the new rule from now on. */
    setStallRule: {
      params: { document: DocumentNumber; stallRule: StallRule };
      result: TraceSummary;
    };
    /** Reads what a capture has appended until now: what is asked afterwards is answered with it. */
    sync: { params: { document: DocumentNumber }; result: TraceSummary };
    /** What is known of single tokens (JSON text), by their index, of those from `first` to `last`. */
    tokenMetadata: {
      params: { document: DocumentNumber; call: StepKey; first: number; last: number };
      result: ReadonlyMap<number, string>;
    };
    /** Which tokens of the run's calls are on a page of those between two times, in order of time. */
    tokenRanges: {
      params: {
        document: DocumentNumber;
        run: RunKey;
        /** µs since 1970, both inclusive. */
        fromUs: number;
        toUs: number;
        offset: number;
        limit: number;
      };
      result: CallTokenRanges;
    };
  };
  notifications: NoMethods;
};

export type StoreClientSurface = {
  requests: NoMethods;
  notifications: {
    /** While a trace is opened; `fraction` is between 0 and 1. */
    progress: { document: DocumentNumber; fraction: number; what: string };
    /** The data on disk changed and was read again. */
    changed: { document: DocumentNumber; summary: TraceSummary };
    /** The file could not be read again; what was read before stays available. */
    sourceLost: { document: DocumentNumber; error: SerializedError };
  };
};
