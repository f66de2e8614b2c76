/** Composition root of the fold worker: a thread of the capture process that puts the log into the trace, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { type FoldAnswer, failureOf } from './capture/log/foldAnswer.js';
import { type FoldJob, fold } from './capture/log/foldJob.js';

void fold(workerData as FoldJob)
  .then((result): FoldAnswer => ({ result }), failureOf)
  .then((answer) => parentPort?.postMessage(answer));
