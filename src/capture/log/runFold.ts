/** A fold in a thread of its own: one aggregate over a large trace would stall the loop that proxies for a second. */
import { Worker } from 'node:worker_threads';
import { type FoldAnswer, resultOf } from './foldAnswer.js';
import type { FoldJob, FoldResult } from './foldJob.js';

/**
 * The worker ends with its job, and its memory is given back.
 * @throws TraceError, or an error of the file system.
 */
export async function runFold(workerPath: string, job: FoldJob): Promise<FoldResult> {
  const worker = new Worker(workerPath, { workerData: job, execArgv: [] });
  try {
    const answer = await new Promise<FoldAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) =>
        reject(new Error(`The fold ended with code ${code} and without an answer.`)),
      );
    });
    return resultOf(answer);
  } finally {
    await worker.terminate();
  }
}
