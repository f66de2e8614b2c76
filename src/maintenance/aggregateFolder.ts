/** Aggregation of all traces of a folder: one that cannot be changed is said, and the others are done. */
import { basename } from 'node:path';
import type { AggregateResult, AggregatedFile } from '../protocol/maintenanceMessages.js';
import { toTraceError } from '../protocol/errors.js';
import { type AggregateOptions, aggregateFile } from './aggregateFile.js';
import { sizeOf } from './traceAge.js';
import { tracesIn } from './traceHeader.js';
import { Work } from './work.js';

/** @throws TraceError where the folder cannot be read. */
export async function aggregateFolder(
  folder: string,
  options: AggregateOptions,
): Promise<Pick<AggregateResult, 'files' | 'cancelled'>> {
  const work = options.work ?? new Work();
  const paths = await tracesIn(folder);
  const files: AggregatedFile[] = [];
  for (const path of paths) {
    if (work.isCancelled) break;
    work.report(files.length, paths.length, `Aggregating ${basename(path)}`);
    files.push(await aggregateOrSkip(path, { ...options, work: work.silently() }));
    await work.pause();
  }
  return { files, cancelled: work.isCancelled };
}

async function aggregateOrSkip(path: string, options: AggregateOptions): Promise<AggregatedFile> {
  try {
    return await aggregateFile(path, options);
  } catch (thrown) {
    const size = await sizeOf([path]);
    const nothing = { calls: 0, tokensRemoved: 0, bytesBefore: size, bytesAfter: size };
    return { path, ...nothing, skipped: toTraceError(thrown).message };
  }
}
