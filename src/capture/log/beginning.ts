/** What a capture needs before it can be recorded: a folder, and a trace that may be gone on with. */
import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CaptureLock } from '../../store/log/captureLock.js';
import { runFold } from './runFold.js';
import { replaceTrace } from './tracePlace.js';

/** Of the file itself, where a link leads to it: log and lock lie beside that. The folder is made. */
export async function realTracePath(tracePath: string): Promise<string> {
  await mkdir(dirname(tracePath), { recursive: true });
  return realpath(tracePath).catch(async () =>
    join(await realpath(dirname(tracePath)), basename(tracePath)),
  );
}

/** @throws TraceError for a file that is no native trace, or one of a later release. */
export async function checkOrMakeTrace(
  tracePath: string,
  lock: CaptureLock,
  foldWorkerPath: string,
): Promise<void> {
  const job = { tracePath, mayMake: true, logEnd: null, interrupt: null, inBackground: false };
  const { temporary } = await runFold(foldWorkerPath, job);
  if (temporary) await replaceTrace(tracePath, temporary, () => lock.verify());
}
