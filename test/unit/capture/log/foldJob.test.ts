import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FoldJob, type FoldResult, fold } from '../../../../src/capture/log/foldJob.js';
import { encodeEvent, encodeHeader } from '../../../../src/store/log/logLines.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import {
  callEnded,
  callStarted,
  expectedTokens,
  runStarted,
  storedCalls,
  tokensOf,
} from './sampleEvents.js';

describe('fold of a log', () => {
  let folder: string;
  let tracePath: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stream-fold-'));
    tracePath = join(folder, 'a.llmtrace');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const logOf = (events: readonly TraceEvent[]): Buffer =>
    Buffer.from(encodeHeader('1') + events.map(encodeEvent).join(''));

  /** Puts the result where the trace is, as the capture does; the log is cut. */
  async function foldLog(log: Buffer, options: Partial<FoldJob> = {}): Promise<FoldResult> {
    await writeFile(`${tracePath}-log`, log);
    const job = { tracePath, logEnd: log.length, mayMake: true, interrupt: null };
    const result = await fold({ ...job, inBackground: false, ...options });
    if (result.temporary) await rename(result.temporary, tracePath);
    await rm(`${tracePath}-log`);
    return result;
  }

  it('has all whole lines, at whichever byte the capture died', async () => {
    await foldLog(logOf([runStarted, callStarted('a'), tokensOf('a', 0, 1)]));
    const before = join(folder, 'before');
    await copyFile(tracePath, before);
    const events = [tokensOf('a', 1, 1), tokensOf('a', 2, 2), callEnded('a')];
    const whole = logOf(events);
    const ends = [...whole.entries()].flatMap(([at, byte]) => (byte === 0x0a ? [at + 1] : []));
    const around = ends.flatMap((end) => [end - 1, end, end + 1]);
    const some = Array.from({ length: whole.length / 7 }, (_, position) => position * 7);
    for (const length of new Set([...some, ...around])) {
      await copyFile(before, tracePath);
      await foldLog(whole.subarray(0, length), { interrupt: 'ended unexpectedly' });
      const lines = ends.filter((end) => end <= length).length;
      const tokens = [1, 1, 2, 4, 4][lines];
      assert.deepEqual(
        (await storedCalls(tracePath)).get('a'),
        { state: lines === 4 ? 'completed' : 'interrupted', tokens: expectedTokens('a', tokens!) },
        `${length} bytes`,
      );
    }
  });

  it('leaves what is behind the given end for the next time', async () => {
    const log = logOf([runStarted, callStarted('a'), tokensOf('a', 0, 5)]);
    const first = encodeEvent(tokensOf('a', 0, 5)).length;
    const result = await foldLog(log, { logEnd: log.length - first });
    assert.deepEqual([result.calls, result.tokens, result.interrupted], [1, 0, 0]);
    assert.deepEqual((await storedCalls(tracePath)).get('a')?.tokens, []);
  });

  it('can be made again from the same log: nothing changes', async () => {
    const log = logOf([runStarted, callStarted('a'), tokensOf('a', 0, 5), callEnded('a')]);
    await foldLog(log);
    const once = await storedCalls(tracePath);
    await foldLog(log);
    assert.deepEqual(await storedCalls(tracePath), once);
  });

  it('reads lines that are longer than a piece, and goes on behind them', async () => {
    const long: TraceEvent = {
      type: 'call-described',
      callId: 'a',
      request: JSON.stringify('é'.repeat(3_000_000)),
    };
    const log = logOf([runStarted, callStarted('a'), long, tokensOf('a', 0, 2), long]);
    await foldLog(log);
    assert.equal((await storedCalls(tracePath)).get('a')?.tokens.length, 2);
    // And a last one that was torn.
    await foldLog(log.subarray(0, log.length - 1_000));
  });

  it('makes no trace in the place of one that should be there', async () => {
    await assert.rejects(foldLog(logOf([runStarted]), { mayMake: false }), { code: 'ENOENT' });
    await writeFile(tracePath, '');
    await assert.rejects(foldLog(logOf([runStarted]), { mayMake: false }), { code: 'empty' });
    assert.deepEqual((await readdir(folder)).sort(), ['a.llmtrace', 'a.llmtrace-log']);
  });

  it('writes nothing when it is asked to check a trace that is there', async () => {
    await foldLog(logOf([runStarted]));
    const result = await fold({
      ...{ tracePath, logEnd: null, mayMake: true, interrupt: null, inBackground: false },
    });
    assert.equal(result.temporary, null);
  });
});
