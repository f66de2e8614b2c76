/** The commands that change traces where they are: `aggregate`, `migrate` and `retain`. */
import { stat } from 'node:fs/promises';
import { aggregateFile } from '../maintenance/aggregateFile.js';
import { aggregateFolder } from '../maintenance/aggregateFolder.js';
import { migrateFile } from '../maintenance/migrateFile.js';
import { isCaptureFileName } from '../capture/captureFileName.js';
import { retainFolder } from '../maintenance/retainFolder.js';
import type { Work } from '../maintenance/work.js';
import { type EpochMicroseconds, epochMicroseconds, usPerDay } from '../model/units.js';
import type { AggregateResult } from '../protocol/maintenanceMessages.js';
import { latestVersion } from '../store/native/migrations.js';
import {
  type MaintenanceSettings,
  maintenanceFromEnvironment,
  mostDays,
} from './maintenanceSettings.js';
import { aggregateWords, migrateWords, retainWords } from './maintenanceWords.js';
import { type WorkProcess, runWork } from './longWork.js';
import type { Command, Terminal } from './terminal.js';
import { UsageError } from './usageError.js';
import { onlyFile, parseWords } from './words.js';

export const changingCommands = (
  process: WorkProcess,
): Readonly<Record<'aggregate' | 'migrate' | 'retain', Command>> => ({
  aggregate: async (words, terminal) => {
    const { values, positionals } = parseWords('aggregate', words, {
      ...ofEveryCommand,
      'older-than': { type: 'string' },
    });
    const path = onlyFile('aggregate', positionals);
    const isFolder = await isFolderAt(path);
    const days = olderThan(values['older-than'], terminal, isFolder);
    const run = (work: Work): Promise<AggregateResult> => aggregate(path, isFolder, days, work);
    return runWork({ terminal, process }, values.progress, run, aggregateWords);
  },

  migrate: async (words, terminal) => {
    const { values, positionals } = parseWords('migrate', words, {
      ...ofEveryCommand,
      to: { type: 'string' },
    });
    const path = onlyFile('migrate', positionals);
    const to = version(values.to);
    return runWork(
      { terminal, process },
      values.progress,
      async (work) => ({ type: 'result', ...(await migrateFile(path, to, work)) }) as const,
      migrateWords,
    );
  },

  retain: async (words, terminal) => {
    const { values, positionals } = parseWords('retain', words, {
      ...ofEveryCommand,
      'dry-run': { type: 'boolean', default: false },
      captures: { type: 'boolean', default: false },
    });
    const folder = onlyFile('retain', positionals, 'FOLDER');
    const settings = maintenanceFromEnvironment(terminal.env);
    const dryRun = values['dry-run'];
    return runWork(
      { terminal, process },
      values.progress,
      async (work) => {
        const only = values.captures ? { isTouched: isCaptureFileName } : {};
        const options = { ...settings, ...only, dryRun, nowUs: now(), work };
        const result = await retainFolder(folder, options);
        const notices = [...result.notices, ...noLimitNotice(settings)];
        return { type: 'result', ...result, notices } as const;
      },
      retainWords,
    );
  },
});

const ofEveryCommand = { progress: { type: 'boolean', default: false } } as const;

async function aggregate(
  path: string,
  isFolder: boolean,
  days: number,
  work: Work,
): Promise<AggregateResult> {
  const atUs = now();
  const options = { beforeUs: epochMicroseconds(atUs - days * usPerDay), atUs, work };
  if (isFolder) return { type: 'result', ...(await aggregateFolder(path, options)) };
  const file = await aggregateFile(path, options);
  return { type: 'result', files: [file], cancelled: work.isCancelled };
}

/** What is not there is told when it is read. */
const isFolderAt = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

/** In days. What is aggregated does not come back: a folder is not aggregated as a whole by mistake. */
function olderThan(given: string | undefined, { env }: Terminal, isFolder: boolean): number {
  if (given === undefined) {
    const { aggregateAfterDays } = maintenanceFromEnvironment(env);
    if (!isFolder || aggregateAfterDays > 0) return aggregateAfterDays;
    throw new UsageError('"aggregate" of a folder needs --older-than DAYS.');
  }
  const days = given.trim() === '' ? NaN : Number(given);
  if (days >= 0 && days <= mostDays) return days;
  throw new UsageError(
    `--older-than takes a number of days from 0 to ${mostDays}: what is "${given}"?`,
  );
}

const noLimitNotice = (settings: MaintenanceSettings): string[] =>
  Object.values(settings).some((limit) => limit > 0)
    ? []
    : [
        'No limit is set. Set LLM_STREAM_RETENTION_DAYS, LLM_STREAM_RETENTION_MB or LLM_STREAM_AGGREGATE_AFTER_DAYS.',
      ];

function version(given: string | undefined): number {
  if (given === undefined) return latestVersion;
  const to = Number(given);
  if (/^\d+$/.test(given) && to >= 1 && to <= latestVersion) return to;
  throw new UsageError(
    `--to takes a version from 1 to ${latestVersion}, the newest: what is "${given}"?`,
  );
}

const now = (): EpochMicroseconds => epochMicroseconds(Date.now() * 1_000);
