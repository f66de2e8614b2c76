/**
 * A process that records one token every few milliseconds until its parent says "stop", and tells what it meets as
 * lines of JSON: `steadyWriter.js TRACE FOLD_WORKER`.
 */
import { EventLog } from '../../src/capture/log/eventLog.js';
import type { CaptureProblem } from '../../src/protocol/captureStatus.js';
import { milliseconds } from '../../src/model/units.js';
import { callEnded, callStarted, runStarted, tokensOf } from '../unit/capture/log/sampleEvents.js';

export interface WriterNews {
  readonly problems: readonly CaptureProblem[];
  /** Tokens that were given to the log; and whether the last ones were taken. */
  readonly tokens: number;
  readonly isTaken: boolean;
  readonly keptEvents: number;
  readonly folds: number;
}

async function record([trace = '', foldWorkerPath = '']: readonly string[]): Promise<void> {
  const log = await EventLog.open(trace, {
    ...{ foldWorkerPath, foldAboveBytes: 0, watchEveryMs: milliseconds(200) },
    log: () => undefined,
  });
  let tokens = 0;
  log.append([runStarted, callStarted('a')]);
  const writing = setInterval(() => {
    const isTaken = log.append([tokensOf('a', tokens, 10)]);
    tokens += 10;
    const { keptEvents, folds } = log.health();
    const news: WriterNews = { problems: log.problems, tokens, isTaken, keptEvents, folds };
    process.send?.(news);
  }, 5);
  process.once('message', () => {
    clearInterval(writing);
    log.append([callEnded('a')]);
    void log.close().then(() => {
      process.send?.({ problems: log.problems, tokens, isTaken: true, keptEvents: 0, folds: 0 });
      process.disconnect();
    });
  });
}

void record(process.argv.slice(2));
