/**
 * A fold in a process of its own: it works for seconds on a large trace and needs several times its size, which would
 * be felt in the process that proxies, and stay there.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type FoldAnswer, resultOf } from './foldAnswer.js';
import type { FoldJob, FoldResult } from './foldJob.js';

/** @throws TraceError, or an error of the file system. */
export async function runFold(workerPath: string, job: FoldJob): Promise<FoldResult> {
  const worker = spawn(process.execPath, [workerPath], {
    // The capture's own executable may be Electron.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    windowsHide: true,
  });
  try {
    return resultOf(await answerOf(worker, job));
  } finally {
    worker.kill();
  }
}

function answerOf(worker: ChildProcess, job: FoldJob): Promise<FoldAnswer> {
  return new Promise((resolve, reject) => {
    worker.once('message', (answer) => resolve(answer as FoldAnswer));
    worker.once('error', reject);
    worker.once('exit', (code, signal) =>
      reject(new Error(`The fold ended with ${signal ?? `code ${code}`} and without an answer.`)),
    );
    worker.send(job, (error) => {
      if (error) reject(error);
    });
  });
}
