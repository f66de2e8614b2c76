/** Opens a native trace and the log beside it as one, in memory: neither file is written. */
import type { Database } from '../database.js';
import { GrowingNative } from '../native/growingNative.js';
import { TraceWriter } from '../native/traceWriter.js';
import type { GrowingReader } from '../traceReader.js';
import { EventApplier } from './applyEvents.js';
import { lockState } from './captureLock.js';
import type { FollowedLog } from './followedLog.js';
import { interruptOpenCalls } from './interruptOpenCalls.js';

export interface AppliedLog {
  readonly applier: EventApplier;
  readonly growing: GrowingReader;
  /** Whether a capture goes on writing. */
  readonly isLive: boolean;
  /** Sentences about the log as far as it was read. */
  readonly notices: () => string[];
}

/** @throws TraceError when the log, or the trace under it, cannot be read, or must not be written. */
export async function applyLog(
  database: Database,
  tracePath: string,
  log: FollowedLog,
  signal: AbortSignal | undefined,
): Promise<AppliedLog> {
  const writer = TraceWriter.over(database);
  const applier = new EventApplier(writer);
  // Before the log is read: when nobody holds the lock, nothing comes behind what is read.
  const isLive = (await lockState(tracePath)) === 'held';
  await log.read((events) => applier.apply(events), signal);
  if (!isLive) interruptOpenCalls(writer);
  return {
    ...{ applier, growing: new GrowingNative(database), isLive },
    notices: () => skippedNotice(log.skipped + applier.skipped),
  };
}

function skippedNotice(lines: number): string[] {
  if (lines === 0) return [];
  return [
    lines === 1
      ? "One line of the capture's log could not be read and is left out."
      : `${lines.toLocaleString('en')} lines of the capture's log could not be read and are left out.`,
  ];
}
