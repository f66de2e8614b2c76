/** What the commands that change files have done, in lines for people. */
import { basename } from 'node:path';
import { formatCount, formatTokens } from '../model/formatting.js';
import type {
  AggregateResult,
  AggregatedFile,
  CopyResult,
  FileSizes,
  MigrateResult,
  RetainResult,
} from '../protocol/maintenanceMessages.js';

export function aggregateWords({ files, cancelled }: AggregateResult): string[] {
  const lines = files.map((file) => `${basename(file.path)}: ${aggregatedWords(file)}`);
  return [...lines, ...(files.length === 0 ? ['There is no trace.'] : []), ...stopped(cancelled)];
}

function aggregatedWords({ calls, tokensRemoved, skipped, ...sizes }: AggregatedFile): string {
  if (skipped !== undefined) return `left alone. ${skipped}`;
  if (calls === 0) return 'nothing to aggregate.';
  return `${countOf(calls, 'call')} aggregated, ${formatTokens(tokensRemoved)} removed, ${sizesWords(sizes)}.`;
}

export function migrateWords({
  path,
  from,
  to,
  notices,
  cancelled,
  ...sizes
}: MigrateResult): string[] {
  if (cancelled) return ['Cancelled: nothing was changed.'];
  const name = basename(path);
  const done =
    from === to
      ? `${name} has version ${to} already.`
      : `${name}: version ${from} is now version ${to}, ${sizesWords(sizes)}.`;
  return [done, ...notices];
}

export function copyWords({
  path,
  runs,
  tokens,
  notices,
  cancelled,
  ...sizes
}: CopyResult): string[] {
  if (cancelled) return ['Cancelled: no file was made.'];
  const what = `${countOf(runs, 'run')}, ${formatTokens(tokens)}, ${sizesWords(sizes)}`;
  return [`${path}: ${what}.`, ...notices];
}

export function retainWords(result: RetainResult): string[] {
  const { actions, freedBytes, dryRun, notices, cancelled } = result;
  const lines = actions.map(({ path, action, reason }) => {
    const done = { aggregate: 'aggregated', delete: 'deleted' }[action];
    return `${basename(path)}: ${dryRun ? `would be ${done}` : done}. ${reason}`;
  });
  const sum = `${megabytes(freedBytes)} ${dryRun ? 'would be' : 'are'} free.`;
  return [
    ...lines,
    ...notices,
    ...(actions.length === 0 ? ['Nothing to do.'] : [sum]),
    ...stopped(cancelled),
  ];
}

const stopped = (cancelled: boolean): string[] =>
  cancelled ? ['Cancelled: what was done until then is kept.'] : [];

const countOf = (count: number, one: string): string =>
  `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;

const sizesWords = ({ bytesBefore, bytesAfter }: FileSizes): string =>
  `${megabytes(bytesBefore)} before and ${megabytes(bytesAfter)} after`;

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(2)} MB`;
