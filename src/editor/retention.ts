/** Cleans up the folder of captures, one window at a time. */
import { access, mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import { TraceError } from '../protocol/errors.js';
import type { RetainResult } from '../protocol/maintenanceMessages.js';
import { acquireLock } from '../store/log/captureLock.js';
import type { MaintenanceJob } from './maintenance.js';
import { retainResult } from './maintenanceAnswers.js';
import { type RetentionOptions, retentionEnvironment } from './retentionSettings.js';

export interface RetentionServices {
  /** Of all windows: holds the lock. */
  readonly storageFolder: string;
  /** Where captures are; throws a TraceError where the settings name no folder. */
  readonly folder: () => string;
  readonly options: () => RetentionOptions;
}

export type RunRetain = (job: MaintenanceJob<RetainResult>) => Promise<RetainResult>;

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

  private job(words: readonly string[]): MaintenanceJob<RetainResult> {
    return {
      words: ['retain', this.folder, ...words],
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
