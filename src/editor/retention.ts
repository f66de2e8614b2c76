/** Cleans up the folder of captures, one window at a time. */
import { access, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { TraceError } from '../protocol/errors.js';
import type { RetainResult } from '../protocol/maintenanceMessages.js';
import { acquireLock } from '../store/log/captureLock.js';
import type { MaintenanceJob } from './maintenance.js';
import { retainResult } from './maintenanceAnswers.js';
import { pauseMs } from './retentionSchedule.js';
import { type RetentionOptions, retentionEnvironment } from './retentionSettings.js';

export interface RetentionServices {
  /** Of all windows: holds the lock. */
  readonly storageFolder: string;
  /** Where captures are; throws a TraceError where the settings name no folder. */
  readonly folder: () => string;
  readonly options: () => RetentionOptions;
}

export type RunRetain = (job: MaintenanceJob<RetainResult>) => Promise<RetainResult>;

/** So that a window's own next time is never too early; and clocks of disks are not exact. */
const leewayMs = 60_000;

export class Retention {
  constructor(private readonly services: RetentionServices) {}

  get options(): RetentionOptions {
    return this.services.options();
  }

  get folder(): string {
    return this.services.folder();
  }

  /** Null when there is no folder of captures yet. */
  async plan(run: RunRetain): Promise<RetainResult | null> {
    return (await this.folderExists()) ? run(this.job(['--dry-run'])) : null;
  }

  /**
   * Aggregates and deletes. Null when there is no folder of captures yet.
   * @throws TraceError `busy` while another window does it.
   */
  async cleanUp(run: RunRetain): Promise<RetainResult | null> {
    if (!(await this.folderExists())) return null;
    const lock = await this.lock();
    try {
      return await run(this.job([]));
    } finally {
      await lock.release();
    }
  }

  /** The same, unless a window has done just that within the last few hours: every trace is read for it. */
  async cleanUpIfDue(run: RunRetain): Promise<RetainResult | null> {
    const limits = JSON.stringify([this.folder, this.options]);
    if (await this.wasDoneLately(limits)) return null;
    const result = await this.cleanUp(run);
    if (result?.cancelled === false) await writeFile(this.donePath, limits);
    return result;
  }

  private get donePath(): string {
    return path.join(this.services.storageFolder, 'retention-done');
  }

  private async wasDoneLately(limits: string): Promise<boolean> {
    try {
      const ageMs = Date.now() - (await stat(this.donePath)).mtimeMs;
      const isLately = ageMs > -leewayMs && ageMs < pauseMs - leewayMs;
      return isLately && (await readFile(this.donePath, 'utf8')) === limits;
    } catch {
      return false;
    }
  }

  private job(words: readonly string[]): MaintenanceJob<RetainResult> {
    return {
      // The folder may hold traces that its owner has put there: they are not ours to delete.
      words: ['retain', this.folder, '--captures', ...words],
      environment: retentionEnvironment(this.options),
      read: retainResult,
    };
  }

  private async lock(): ReturnType<typeof acquireLock> {
    const { storageFolder } = this.services;
    await mkdir(storageFolder, { recursive: true });
    try {
      return await acquireLock(path.join(storageFolder, 'retention'));
    } catch (thrown) {
      if (!(thrown instanceof TraceError) || thrown.code !== 'busy') throw thrown;
      throw new TraceError(
        'busy',
        'Another window is cleaning up the captures. Try again when it has ended.',
        thrown.message,
      );
    }
  }

  private folderExists(): Promise<boolean> {
    return access(this.folder).then(
      () => true,
      () => false,
    );
  }
}
