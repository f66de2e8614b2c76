/** What a running capture says about itself: `GET /v1/session`, and `/health` in part. */

export interface CaptureStatus {
  /** `finishing`: takes no new calls, ends with its last open stream. */
  readonly state: 'listening' | 'finishing';
  /** "http://127.0.0.1:PORT" */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Path of the trace that is written. */
  readonly db: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly activeStreams: number;
  readonly calls: number;
  readonly tokens: number;
  /** Over the last two seconds. */
  readonly tokensPerSecond: number;
  /** What is wrong now: each a sentence with what to do. */
  readonly problems: readonly CaptureProblem[];
  /** Absent where a capture of an older version runs on. */
  readonly health?: CaptureHealth;
  /** What was recovered from captures that had died, and the like; sentences. */
  readonly notices: readonly string[];
}

/** What whoever watches a deployment wants to see; since the capture started. */
export interface CaptureHealth {
  readonly tokensStored: number;
  /** Left out on purpose: sampling. */
  readonly tokensSampledOut: number;
  /** Lost: the disk took nothing for longer than they could be kept in memory. */
  readonly tokensDropped: number;
  /** Of the log that is not folded into the trace yet. */
  readonly logBytes: number;
  /** Of the trace. */
  readonly fileBytes: number;
  /** Of the last writes into the log; null before the first one. */
  readonly writeLatencyMs: {
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  } | null;
  /** Traces into which the log of a capture that had died was put. */
  readonly recoveries: number;
  /** Of those that SDKs sent: they were no events. */
  readonly rejectedEvents: number;
}

export interface CaptureProblem {
  readonly code: 'disk-full' | 'no-permission' | 'folder-gone' | 'write-failed';
  readonly message: string;
}

/** The line that `capture` prints when it listens. */
export interface CaptureAddress {
  readonly url: string;
  readonly token: string;
  readonly db: string;
}
