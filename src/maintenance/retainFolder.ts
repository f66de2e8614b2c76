/** What is kept of a folder's traces: old ones are deleted or aggregated, and the oldest go where all are too many. */
import { basename } from 'node:path';
import { type EpochMicroseconds, epochMicroseconds, usPerDay } from '../model/units.js';
import { toTraceError } from '../protocol/errors.js';
import type { RetainAction, RetainResult } from '../protocol/maintenanceMessages.js';
import { lockState } from '../store/log/captureLock.js';
import { aggregateFile } from './aggregateFile.js';
import { deleteTrace } from './deleteTrace.js';
import { companionsOf, newestIn, sizeOf } from './traceAge.js';
import { tracesIn } from './traceHeader.js';
import { Work } from './work.js';

export interface RetainOptions {
  /** 0 in each: off. */
  readonly aggregateAfterDays: number;
  readonly retentionDays: number;
  readonly retentionMegabytes: number;
  readonly nowUs: EpochMicroseconds;
  /** Says what would be done, and changes nothing. */
  readonly dryRun: boolean;
  /** By the name of the file; all traces without it. */
  readonly isTouched?: (name: string) => boolean;
  readonly work?: Work;
}

interface KeptTrace {
  readonly path: string;
  /** With what lies beside it. */
  bytes: number;
  /** µs since 1970; null for one that must not be touched. */
  newestUs: number | null;
}

/** @throws TraceError where the folder cannot be read. */
export async function retainFolder(
  folder: string,
  options: RetainOptions,
): Promise<Omit<RetainResult, 'type'>> {
  const retention = new Retention(options);
  await retention.run(folder);
  return retention.result();
}

class Retention {
  private traces: KeptTrace[] = [];
  private readonly actions: RetainAction[] = [];
  private readonly notices: string[] = [];
  private readonly work: Work;

  constructor(private readonly options: RetainOptions) {
    this.work = options.work ?? new Work();
  }

  async run(folder: string): Promise<void> {
    const { aggregateAfterDays, retentionDays, retentionMegabytes } = this.options;
    if (aggregateAfterDays + retentionDays + retentionMegabytes === 0) return;
    const { isTouched = () => true } = this.options;
    const paths = (await tracesIn(folder)).filter((path) => isTouched(basename(path)));
    if (aggregateAfterDays + retentionDays === 0 && (await this.areSmall(paths))) return;
    for (const [done, path] of paths.entries()) {
      if (this.work.isCancelled) return;
      this.work.report(done, paths.length, `Looking at ${basename(path)}`);
      this.traces.push(await this.look(path));
      await this.work.pause();
    }
    this.traces.sort((one, other) => (one.newestUs ?? 0) - (other.newestUs ?? 0));
    if (retentionDays > 0) await this.deleteOlderThan(retentionDays);
    if (aggregateAfterDays > 0) await this.aggregateOlderThan(aggregateAfterDays);
    if (retentionMegabytes > 0) await this.deleteDownTo(retentionMegabytes);
  }

  result(): Omit<RetainResult, 'type'> {
    const freedBytes = this.actions.reduce(
      (sum, { bytesBefore, bytesAfter }) => sum + bytesBefore - bytesAfter,
      0,
    );
    const { actions, notices, work, options } = this;
    return { actions, notices, freedBytes, dryRun: options.dryRun, cancelled: work.isCancelled };
  }

  /** Then none has to be read. */
  private async areSmall(paths: readonly string[]): Promise<boolean> {
    const sizes = await Promise.all(paths.map((path) => sizeWithCompanions(path)));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return bytes <= this.options.retentionMegabytes * 1_000_000;
  }

  private async look(path: string): Promise<KeptTrace> {
    const bytes = await sizeWithCompanions(path);
    try {
      if ((await lockState(path)) === 'held') {
        this.notices.push(`${basename(path)} is being recorded or changed, and is left alone.`);
        return { path, bytes, newestUs: null };
      }
      return { path, bytes, newestUs: await newestIn(path) };
    } catch (thrown) {
      this.leave(path, thrown);
      return { path, bytes, newestUs: null };
    }
  }

  private async deleteOlderThan(days: number): Promise<void> {
    for (const trace of this.olderThan(days)) {
      if (this.work.isCancelled) return;
      await this.delete(trace, `The newest thing in it is older than ${daysOf(days)}.`);
    }
  }

  private async deleteDownTo(megabytes: number): Promise<void> {
    const reason = `All traces together have more than ${megabytes} MB, and it is the oldest.`;
    const touchable = this.traces.filter(({ newestUs }) => newestUs !== null);
    for (const trace of touchable) {
      const bytes = this.traces.reduce((sum, kept) => sum + kept.bytes, 0);
      if (this.work.isCancelled || bytes <= megabytes * 1_000_000) return;
      await this.delete(trace, reason);
    }
  }

  private async delete(trace: KeptTrace, reason: string): Promise<void> {
    const { path, newestUs, bytes: bytesBefore } = trace;
    if (newestUs === null) return;
    try {
      if (!this.options.dryRun) await deleteTrace(path, newestUs);
      this.actions.push({ path, action: 'delete', reason, bytesBefore, bytesAfter: 0 });
      this.traces = this.traces.filter((kept) => kept !== trace);
    } catch (thrown) {
      this.leave(path, thrown);
    }
    await this.work.pause();
  }

  private async aggregateOlderThan(days: number): Promise<void> {
    const { nowUs, dryRun } = this.options;
    const options = { beforeUs: epochMicroseconds(nowUs - days * usPerDay), atUs: nowUs, dryRun };
    const { traces } = this;
    for (const [done, trace] of traces.entries()) {
      if (this.work.isCancelled) return;
      if (trace.newestUs === null) continue;
      const { path } = trace;
      this.work.report(done, traces.length, `Aggregating ${basename(path)}`);
      try {
        const file = await aggregateFile(path, { ...options, work: this.work.silently() });
        await this.addAggregation(trace, file, `Calls in it are older than ${daysOf(days)}.`);
      } catch (thrown) {
        this.leave(path, thrown);
      }
      await this.work.pause();
    }
  }

  private async addAggregation(
    trace: KeptTrace,
    { calls, bytesBefore, bytesAfter }: Awaited<ReturnType<typeof aggregateFile>>,
    reason: string,
  ): Promise<void> {
    if (calls === 0) return;
    const { path } = trace;
    this.actions.push({ path, action: 'aggregate', reason, bytesBefore, bytesAfter });
    trace.bytes += bytesAfter - bytesBefore;
    // What a dead capture had left is in the file now, and its log is gone.
    if (!this.options.dryRun) trace.newestUs = await newestIn(path);
  }

  private olderThan(days: number): KeptTrace[] {
    const beforeUs = this.options.nowUs - days * usPerDay;
    return this.traces.filter(({ newestUs }) => newestUs !== null && newestUs < beforeUs);
  }

  private leave(path: string, thrown: unknown): void {
    this.notices.push(`${basename(path)} is left alone. ${toTraceError(thrown).message}`);
  }
}

const sizeWithCompanions = async (path: string): Promise<number> =>
  sizeOf([path, ...(await companionsOf(path))]);

const daysOf = (days: number): string => `${days} ${days === 1 ? 'day' : 'days'}`;
