/** Aggregation of a trace's old calls, in its file. */
import { basename } from 'node:path';
import type { EpochMicroseconds } from '../model/units.js';
import type { AggregatedFile } from '../protocol/maintenanceMessages.js';
import type { Database } from '../store/database.js';
import { aggregateTrace } from '../store/native/aggregation.js';
import { TraceWriter } from '../store/native/traceWriter.js';
import { type HeldTrace, withTrace } from './heldTrace.js';
import { Work } from './work.js';

export interface AggregateOptions {
  /** Calls that began before this are aggregated. */
  readonly beforeUs: EpochMicroseconds;
  /** What they are marked with: now. */
  readonly atUs: EpochMicroseconds;
  /** Counts what would be done, and changes nothing. */
  readonly dryRun?: boolean;
  readonly work?: Work;
}

/**
 * A file in which nothing is to be aggregated stays as it is. Cancelled, what is done until then is kept.
 * @throws TraceError as {@link withTrace}; the file is as it was then.
 */
export function aggregateFile(path: string, options: AggregateOptions): Promise<AggregatedFile> {
  return withTrace(path, async (trace) => {
    const database = await trace.open();
    try {
      const done = await aggregateImage(database, basename(path), options);
      const bytesBefore = trace.stats.size;
      const bytesAfter =
        done.calls === 0 ? bytesBefore : await sizeAfter(trace, database, options.dryRun ?? false);
      return { path, ...done, bytesBefore, bytesAfter };
    } finally {
      database.close();
    }
  });
}

async function aggregateImage(
  database: Database,
  name: string,
  { beforeUs, atUs, work = new Work() }: AggregateOptions,
): Promise<Pick<AggregatedFile, 'calls' | 'tokensRemoved'>> {
  const writer = TraceWriter.over(database);
  const tokensBefore = countTokens(database);
  let calls = 0;
  for (const { done, total, aggregated } of aggregateTrace(writer, { beforeUs, atUs })) {
    calls = aggregated;
    work.report(done, total, `Aggregating ${name}`);
    await work.pause();
    if (work.isCancelled) break;
  }
  return { calls, tokensRemoved: tokensBefore - countTokens(database) };
}

async function sizeAfter(trace: HeldTrace, database: Database, dryRun: boolean): Promise<number> {
  if (!dryRun) return trace.replaceWith(database, { withBackup: false });
  database.exec('VACUUM');
  return database.export().length;
}

function countTokens(database: Database): number {
  return Number(database.get('SELECT count(*) AS count FROM llm_tokens')?.['count']);
}
