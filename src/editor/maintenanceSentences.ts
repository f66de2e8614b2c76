/** What a person is told about the work on trace files. */
import { basename } from 'node:path';
import { formatBytes, formatCount, formatTokens } from '../model/formatting.js';
import type {
  AggregatedFile,
  CopyResult,
  FileSizes,
  MigrateResult,
  RetainAction,
  RetainResult,
} from '../protocol/maintenanceMessages.js';
import { labelText } from './shownText.js';

export function aggregateSentence(file: AggregatedFile, cancelled: boolean): string {
  const name = nameOf(file.path);
  if (file.skipped !== undefined) return file.skipped;
  if (file.calls === 0) {
    return cancelled
      ? `Cancelled; ${name} is as it was.`
      : `${name} is as it was: it holds no whole call of that age that is longer than what stays of it.`;
  }
  const done = `Aggregated ${callsText(file.calls)} of ${name}: ${formatTokens(file.tokensRemoved)} ${file.tokensRemoved === 1 ? 'is' : 'are'} gone, and the file has ${sizesText(file)}.`;
  return cancelled ? `${done} The other calls are as they were, because you cancelled.` : done;
}

export function migrateSentence(result: MigrateResult): string {
  const name = nameOf(result.path);
  if (result.cancelled) return `Cancelled; ${name} is as it was.`;
  if (result.from === result.to) {
    return `${name} is of version ${result.to} of the format, the newest: there is nothing to upgrade.`;
  }
  return withNotices(
    `${name} was upgraded from version ${result.from} of the format to version ${result.to}; it has ${sizesText(result)}.`,
    result.notices,
  );
}

/** `what` was done: "Converted", "Redacted". */
export function copySentence(what: string, source: string, result: CopyResult): string {
  if (result.cancelled) return 'Cancelled; no file was made.';
  const runs = result.runs === 1 ? '1 run' : `${formatCount(result.runs)} runs`;
  return withNotices(
    `${what} ${nameOf(source)} into ${nameOf(result.path)}: ${runs}, ${formatTokens(result.tokens)}, ${formatBytes(result.bytesAfter)} (before: ${formatBytes(result.bytesBefore)}).`,
    result.notices,
  );
}

export function cleanUpSentence({ actions, freedBytes, cancelled, notices }: RetainResult): string {
  const deleted = actions.filter(({ action }) => action === 'delete').length;
  const aggregated = actions.length - deleted;
  const parts = [
    ...(deleted > 0 ? [`deleted ${tracesText(deleted)}`] : []),
    ...(aggregated > 0 ? [`aggregated old calls of ${tracesText(aggregated)}`] : []),
  ];
  const what = parts.length > 0 ? parts.join(', ') : 'nothing was changed';
  const start = cancelled ? 'Cancelled; until then' : 'Cleaned up captures';
  return withNotices(`${start}: ${what}; ${formatBytes(freedBytes)} freed.`, notices);
}

/** Before anything is done: each trace on a line, cut where there are many. */
export function cleanUpPlan({ actions }: RetainResult, mostLines = 12): string {
  const lines = actions.slice(0, mostLines).map(planLine);
  const others = actions.length - lines.length;
  return [...lines, ...(others > 0 ? [`… and ${tracesText(others)} more.`] : [])].join('\n');
}

/** The lists in the log are whole. */
export const planLine = ({ path, action, bytesBefore, reason }: RetainAction): string =>
  `${action === 'delete' ? 'Delete' : 'Aggregate'} ${nameOf(path)} (${formatBytes(bytesBefore)}): ${labelText(reason)}`;

export const nameOf = (path: string): string => labelText(basename(path));

const callsText = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? 'call' : 'calls'}`;

export const tracesText = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? 'trace' : 'traces'}`;

const sizesText = ({ bytesBefore, bytesAfter }: FileSizes): string =>
  `${formatBytes(bytesAfter)} (before: ${formatBytes(bytesBefore)})`;

/** A notification has room for a few; the log has them all. */
export const withNotices = (first: string, notices: readonly string[]): string => {
  const others = notices.length - mostNotices;
  const rest = others > 0 ? [`${formatCount(others)} more of this kind: see the log.`] : [];
  return [first, ...notices.slice(0, mostNotices), ...rest].join(' ');
};
const mostNotices = 3;
