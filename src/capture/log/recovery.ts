/** What captures that died have left: their logs are put into their traces. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { formatCount, formatTokens } from '../../model/formatting.js';
import { TraceError } from '../../protocol/errors.js';
import { type CaptureLock, acquireLock } from '../../store/log/captureLock.js';
import { logSuffix } from '../../store/log/logLines.js';
import type { FoldResult } from './foldJob.js';
import { beginningError } from './problems.js';
import { runFold } from './runFold.js';
import { removeTemporaryFiles, replacedBy } from '../../store/log/temporaryFiles.js';
import { replaceTrace } from './tracePlace.js';

export interface Recovery {
  /** What was recovered; null when everything was in the trace already. */
  readonly sentence: string | null;
}

/**
 * For the holder of the trace's lock. Null when no capture has left a log.
 * @throws TraceError, or an error of the file system; the log is still there then.
 */
export async function recoverTrace(
  tracePath: string,
  lock: CaptureLock,
  foldWorkerPath: string,
): Promise<Recovery | null> {
  await removeTemporaryFiles(tracePath);
  const logPath = tracePath + logSuffix;
  if (!existsSync(logPath)) return null;
  const result = await foldLog(tracePath, foldWorkerPath);
  if (result.temporary) await replaceTrace(tracePath, result.temporary, () => lock.verify());
  await rm(logPath);
  return { sentence: sentenceOf(result) };
}

/**
 * Recovers every trace of a folder whose capture has died; those that are being recorded are left alone.
 * Sentences that say what was recovered, and what could not be. Never rejects.
 * @param recovered is called for each trace that was recovered.
 */
export async function recoverFolder(
  folder: string,
  foldWorkerPath: string,
  recovered: () => void = () => undefined,
): Promise<string[]> {
  const sentences: string[] = [];
  // A folder that cannot be read holds nothing for us.
  const names = await readdir(folder).catch(() => []);
  for (const tracePath of tracesWithRemains(folder, names)) {
    try {
      const sentence = await recoverUnlessHeld(tracePath, foldWorkerPath);
      if (sentence === null) continue;
      recovered();
      sentences.push(`${basename(tracePath)}: ${sentence}`);
    } catch (thrown) {
      const { message } = beginningError(thrown, tracePath);
      sentences.push(`${basename(tracePath)} could not be recovered, its log is kept: ${message}`);
    }
  }
  return sentences;
}

function tracesWithRemains(folder: string, names: readonly string[]): string[] {
  const traces = new Set<string>();
  for (const name of names) {
    const trace = /^(.*\.llmtrace)-(log|lock)$/.exec(name)?.[1] ?? replacedBy(name);
    if (trace?.endsWith('.llmtrace')) traces.add(join(folder, trace));
  }
  return [...traces];
}

async function recoverUnlessHeld(
  tracePath: string,
  foldWorkerPath: string,
): Promise<string | null> {
  let lock: CaptureLock;
  try {
    lock = await acquireLock(tracePath);
  } catch (thrown) {
    if (thrown instanceof TraceError && thrown.code === 'busy') return null;
    throw thrown;
  }
  try {
    const recovery = await recoverTrace(tracePath, lock, foldWorkerPath);
    return recovery?.sentence ?? null;
  } finally {
    await lock.release();
  }
}

async function foldLog(tracePath: string, foldWorkerPath: string): Promise<FoldResult> {
  const { size: logEnd } = await stat(tracePath + logSuffix);
  return runFold(foldWorkerPath, {
    ...{ tracePath, mayMake: true, logEnd, interrupt: 'ended unexpectedly' },
    inBackground: false,
  });
}

function sentenceOf({ tokens, calls, interrupted }: FoldResult): string | null {
  const ofCalls = (count: number): string =>
    `${formatCount(count)} ${count === 1 ? 'call' : 'calls'}`;
  if (tokens > 0 || calls > 0) {
    return `Recovered ${formatTokens(tokens)} of ${ofCalls(calls)} from a capture that ended unexpectedly.`;
  }
  if (interrupted === 0) return null;
  return `A capture ended unexpectedly; ${ofCalls(interrupted)} that had not ended ${interrupted === 1 ? 'is' : 'are'} marked as interrupted.`;
}
