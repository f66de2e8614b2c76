/**
 * A process that records under load until it is killed:
 * `captureWriter.js TRACE FOLD_WORKER ACKNOWLEDGED NUMBER`. The file ACKNOWLEDGED gets one byte for every batch
 * that `append` has taken. `captureWriter.js recover FOLDER FOLD_WORKER` recovers a folder instead.
 */
import { openSync, writeSync } from 'node:fs';
import { EventLog } from '../../src/capture/log/eventLog.js';
import { recoverFolder } from '../../src/capture/log/recovery.js';
import { batchEveryMs, batchEvents } from './captureLoad.js';

/** The fold is always under way: every process dies in the middle of one, or right behind it. */
const foldAboveBytes = 30_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function record([trace = '', foldWorkerPath = '', acknowledged = '', number = '']: string[]) {
  const descriptor = openSync(acknowledged, 'a');
  const log = await EventLog.open(trace, {
    ...{ foldWorkerPath, foldAboveBytes },
    onProblems: (problems) => say(`problems ${JSON.stringify(problems)}`),
    log: () => undefined,
  });
  say(`ready ${JSON.stringify(log.notices)}`);
  const startMs = performance.now();
  let batch = 0;
  setInterval(() => {
    while (batch * batchEveryMs < performance.now() - startMs) {
      if (!log.append(batchEvents(Number(number), batch))) throw new Error('Not taken');
      writeSync(descriptor, '.');
      batch++;
    }
  }, batchEveryMs);
}

const [first = '', ...others] = process.argv.slice(2);
if (first === 'recover') {
  const [folder = '', foldWorkerPath = ''] = others;
  void recoverFolder(folder, foldWorkerPath).then((sentences) => say(JSON.stringify(sentences)));
} else {
  void record([first, ...others]);
}
