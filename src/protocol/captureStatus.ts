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
  /** What was recovered from captures that had died, and the like; sentences. */
  readonly notices: readonly string[];
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
