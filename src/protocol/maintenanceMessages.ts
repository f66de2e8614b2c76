/**
 * What the commands that change files say with `--progress`: JSON lines on stdout, some {@link MaintenanceProgress}
 * and at last one result. Where a command fails, there is a sentence on stderr and no result.
 */

export interface MaintenanceProgress {
  readonly type: 'progress';
  readonly done: number;
  /** In the same unit as `done`: calls, files, tokens, bytes; 0 where it is not known. */
  readonly total: number;
  /** For the user: "Aggregating support.llmtrace". */
  readonly what: string;
}

/** Bytes of the file before and after. */
export interface FileSizes {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** Of one trace. */
export interface AggregatedFile extends FileSizes {
  readonly path: string;
  /** Calls that were aggregated now. */
  readonly calls: number;
  readonly tokensRemoved: number;
  /** Why the file was left alone: a sentence. */
  readonly skipped?: string;
}

export interface AggregateResult {
  readonly type: 'result';
  readonly files: readonly AggregatedFile[];
  /** What was done until then is kept. */
  readonly cancelled: boolean;
}

export interface MigrateResult extends FileSizes {
  readonly type: 'result';
  readonly path: string;
  /** Versions of the format; equal where there was nothing to be done. */
  readonly from: number;
  readonly to: number;
  /** Sentences about what the older version cannot hold. */
  readonly notices: readonly string[];
  /** Then nothing was changed. */
  readonly cancelled: boolean;
}

/** Of `convert` and `redact`: a new file. */
export interface CopyResult extends FileSizes {
  readonly type: 'result';
  /** Of the new file. */
  readonly path: string;
  /** Of the new file. */
  readonly runs: number;
  readonly tokens: number;
  /** Sentences about what is not in it. */
  readonly notices: readonly string[];
  /** Then there is no new file. */
  readonly cancelled: boolean;
}

export interface RetainAction extends FileSizes {
  readonly path: string;
  readonly action: 'aggregate' | 'delete';
  /** A sentence. */
  readonly reason: string;
}

export interface RetainResult extends Pick<AggregateResult, 'cancelled'> {
  readonly type: 'result';
  readonly actions: readonly RetainAction[];
  /** By deletions and aggregations; in a dry run, what they would free. */
  readonly freedBytes: number;
  /** Nothing was changed. */
  readonly dryRun: boolean;
  /** Sentences about traces that could not be looked at, or changed. */
  readonly notices: readonly string[];
}

/** Of `check-patterns`, which tries patterns where nobody has to wait for it. */
export interface PatternsResult {
  readonly type: 'result';
  /** One for each pattern: the rest of a sentence about it, null for one that can be used. */
  readonly problems: readonly (string | null)[];
  /** Then not all were tried. */
  readonly cancelled: boolean;
}

export type MaintenanceResult =
  AggregateResult | MigrateResult | CopyResult | RetainResult | PatternsResult;

export type MaintenanceLine = MaintenanceProgress | MaintenanceResult;
