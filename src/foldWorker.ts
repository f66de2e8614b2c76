/**
 * Composition root of the fold worker: a process of its own that puts a capture's log into its trace once, and
 * ends, so that the capture gets neither its pauses nor its memory.
 */
import { rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { type FoldAnswer, failureOf } from './capture/log/foldAnswer.js';
import { type FoldJob, fold } from './capture/log/foldJob.js';

async function answerTo(job: FoldJob): Promise<FoldAnswer> {
  try {
    if (job.inBackground) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    return { result: await fold(job) };
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** Nobody waits for the answer any more when the capture has died. */
function end(answer: FoldAnswer, hasArrived: boolean): void {
  if (!hasArrived && 'result' in answer && answer.result.temporary) {
    rmSync(answer.result.temporary, { force: true });
  }
  process.exit();
}

// Ctrl+C reaches every process of a terminal: the capture ends, and waits for this one.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('message', (job: FoldJob) => {
  void answerTo(job).then((answer) => {
    process.send?.(answer, undefined, {}, (error) => end(answer, error === null));
  });
});
