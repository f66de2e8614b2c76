/** What a capture has beside its trace is brought into the image of the trace. */
import type { Database } from '../store/database.js';
import { EventApplier } from '../store/log/applyEvents.js';
import { FollowedLog } from '../store/log/followedLog.js';
import { interruptOpenCalls } from '../store/log/interruptOpenCalls.js';
import { logSuffix } from '../store/log/logLines.js';
import { TraceWriter } from '../store/native/traceWriter.js';

/**
 * For the holder of the trace's lock: its recorder has died. Null where it has left no log; otherwise the number of
 * lines of it that could not be read.
 * @throws TraceError for a log of a later release, or a trace into which nothing may be written.
 */
export async function foldLogBeside(database: Database, tracePath: string): Promise<number | null> {
  const log = await FollowedLog.open(tracePath + logSuffix);
  if (!log) return null;
  try {
    const writer = TraceWriter.over(database);
    const skipped = await applyLogTo(writer, log);
    interruptOpenCalls(writer);
    return skipped;
  } finally {
    await log.close();
  }
}

/** Of a log that is open already; the number of lines that could not be read. */
export async function applyLogTo(writer: TraceWriter, log: FollowedLog): Promise<number> {
  const applier = new EventApplier(writer);
  await log.read((events) => applier.apply(events));
  return log.skipped + applier.skipped;
}
