import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FollowedLog, type LogReading } from '../../../../src/store/log/followedLog.js';
import { encodeEvent, encodeHeader, longestLine } from '../../../../src/store/log/logLines.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { encodeLog, sampleEvents, tokensCame } from './logEvents.js';

describe('following a log', () => {
  let folder: string;
  let path: string;
  let log: FollowedLog | null;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'));
    path = join(folder, 'a.llmtrace-log');
  });
  afterEach(async () => {
    await log?.close();
    rmSync(folder, { recursive: true });
  });

  const open = async (): Promise<FollowedLog> => {
    log = await FollowedLog.open(path);
    assert.ok(log);
    return log;
  };
  const read = async (): Promise<[LogReading, TraceEvent[]]> => {
    const events: TraceEvent[] = [];
    const reading = await log!.read((more) => events.push(...more));
    return [reading, events];
  };
  const append = (...events: TraceEvent[]): void =>
    appendFileSync(path, events.map(encodeEvent).join(''));
  /** Puts a log in the place of the one there, as a capture does. */
  const replace = (text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  const some = (at: number): TraceEvent => tokensCame('one', at, 1);

  it('is nothing where there is no log', async () => {
    assert.equal(await FollowedLog.open(path), null);
  });

  it('hands on what came since the last reading', async () => {
    writeFileSync(path, encodeLog(sampleEvents));
    await open();
    assert.deepEqual(await read(), ['read', sampleEvents]);
    assert.deepEqual(await read(), ['read', []]);
    append(some(5), some(6));
    assert.deepEqual(await read(), ['read', [some(5), some(6)]]);
  });

  it('notices an append by a look at the directory', async () => {
    writeFileSync(path, encodeLog([]));
    await open();
    await read();
    await log!.hasChanged();
    assert.equal(await log!.hasChanged(), false);
    append(some(0));
    assert.equal(await log!.hasChanged(), true);
    rmSync(path);
    assert.equal(await log!.hasChanged(), true);
    assert.deepEqual(await read(), ['gone', []]);
  });

  it('waits for the end of a line, byte by byte', async () => {
    writeFileSync(path, encodeLog([]));
    await open();
    const line = Buffer.from(encodeEvent({ ...some(0), callId: 'naïve 日本' } as TraceEvent));
    for (const byte of line.subarray(0, -1)) {
      appendFileSync(path, Buffer.of(byte));
      assert.deepEqual(await read(), ['read', []]);
    }
    appendFileSync(path, '\n');
    assert.equal((await read())[1].length, 1);
    assert.equal(log!.skipped, 0);
  });

  it('reads a line that is longer than a piece, and leaves out one that is too long', async () => {
    const long = { ...some(0), callId: 'long' } as TraceEvent;
    const text: TraceEvent = { type: 'token-text', callId: 'c', index: 0, text: 'x'.repeat(3e6) };
    writeFileSync(path, encodeLog([text, long]));
    appendFileSync(path, 'y'.repeat(longestLine + 10));
    await open();
    assert.deepEqual((await read())[1], [text, long]);
    appendFileSync(path, `yy\n${encodeEvent(some(7))}`);
    assert.deepEqual((await read())[1], [some(7)]);
    assert.equal(log!.skipped, 1);
  }).timeout(20_000);

  it('goes on with the log that took the place of a cut one', async () => {
    writeFileSync(path, encodeLog([some(0), some(1)]));
    await open();
    await read();
    const bytes = encodeLog([some(0)]).length;
    append(some(2));
    replace(
      encodeHeader('log-2', { id: 'log-1', bytes }) +
        [some(1), some(2), some(3)].map(encodeEvent).join(''),
    );
    assert.deepEqual(await read(), ['read', [some(1), some(2), some(3)]]);
    append(some(4));
    assert.deepEqual(await read(), ['read', [some(4)]]);
  });

  it('reads first what was in the log when it was opened, although that was cut meanwhile', async () => {
    writeFileSync(path, encodeLog([some(0), some(1)]));
    await open();
    replace(
      encodeHeader('log-2', { id: 'log-1', bytes: encodeLog([some(0), some(1)]).length }) +
        encodeEvent(some(2)),
    );
    assert.deepEqual(await read(), ['read', [some(0), some(1)]]);
    assert.deepEqual(await read(), ['read', [some(2)]]);
  });

  it('says when it may have missed something', async () => {
    writeFileSync(path, encodeLog([some(0)]));
    await open();
    await read();
    const behind = encodeLog([some(0), some(1)]).length;
    for (const header of [
      encodeHeader('log-2', { id: 'log-1', bytes: behind }),
      encodeHeader('log-3', { id: 'log-2', bytes: 10 }),
      encodeHeader('another capture'),
    ]) {
      replace(header + encodeEvent(some(2)));
      assert.deepEqual(await read(), ['gap', []]);
    }
  });

  it('reads a log again that was written anew, and shorter', async () => {
    writeFileSync(path, encodeLog([some(0), some(1), some(2)]));
    await open();
    await read();
    replace(encodeLog([some(0)]).toString());
    assert.deepEqual(await read(), ['read', [some(0)]]);
  });
});
