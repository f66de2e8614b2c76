import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { LogFile, type Write } from '../../../../src/capture/log/logFile.js';
import { parseLog } from '../../../../src/store/log/parseLog.js';

describe('log file', () => {
  let folder: string;
  let path: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stream-logfile-'));
    path = join(folder, 'a.llmtrace-log');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const linesAfterHeader = async (): Promise<string> => {
    const text = await readFile(path, 'utf8');
    assert.notEqual(parseLog(Buffer.from(text)).header, null);
    return text.slice(text.indexOf('\n') + 1);
  };

  const always = (): boolean => true;
  const line = (length: number, mark: number): string =>
    `${String(mark).padEnd(Math.max(length, 8), 'é')}\n`;

  it('has whole lines only, in their order, however a disk fails in the middle of them', async () => {
    const lengths = fc.array(fc.array(fc.nat(60), { maxLength: 5 }), { maxLength: 20 });
    // Bytes that the disk takes before it fails once.
    const rooms = fc.array(fc.nat(200), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(lengths, rooms, async (batches, givenRooms) => {
        const left = [...givenRooms];
        let room = left.shift() ?? Infinity;
        const full: Write = (descriptor, bytes, offset, length, position) => {
          if (room === 0) {
            room = left.shift() ?? Infinity;
            throw Object.assign(new Error('No space'), { code: 'ENOSPC' });
          }
          const written = writeSync(descriptor, bytes, offset, Math.min(length, room), position);
          room -= written;
          return written;
        };
        const log = await LogFile.begin(path, full);
        let expected = '';
        let mark = 0;
        for (const batch of batches) {
          let waiting = batch.map((length) => line(length, mark++));
          while (waiting.length > 0) {
            const { lines, error } = log.write(waiting);
            assert.equal(error === null, lines === waiting.length);
            expected += waiting.slice(0, lines).join('');
            waiting = waiting.slice(lines);
            assert.equal(await linesAfterHeader(), expected);
          }
        }
        await log.close();
      }),
      { numRuns: 40 },
    );
  });

  it('is cut while lines are written, and misses none', async () => {
    const log = await LogFile.begin(path);
    const lines: string[] = [];
    const write = (count: number): void => {
      const more = Array.from({ length: count }, (_, at) => line(100, lines.length + at));
      lines.push(...more);
      assert.equal(log.write(more).error, null);
    };
    write(10_000);
    for (let cut = 0; cut < 3; cut++) {
      const before = lines.length;
      write(4_000);
      const from = log.size;
      const kept = lines.length;
      write(5_000);
      let isCut = false;
      const cutting = log.replace(from, always).then(() => (isCut = true));
      while (!isCut) {
        write(200);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await cutting;
      assert.ok(lines.length > before);
      assert.equal(await linesAfterHeader(), lines.slice(kept).join(''));
      assert.equal(log.size, (await readFile(path)).length);
      lines.splice(0, kept);
    }
    await log.sync();
    await log.close();
    assert.deepEqual(await readdir(folder), ['a.llmtrace-log']);
  });

  it('stays as it is when the right to replace it is lost', async () => {
    const log = await LogFile.begin(path);
    log.write(['one\n']);
    const before = await readFile(path);
    await assert.rejects(log.replace(log.size, () => false));
    log.write(['two\n']);
    assert.equal((await readFile(path, 'utf8')).slice(before.length), 'two\n');
    assert.deepEqual(await readdir(folder), ['a.llmtrace-log']);
    await log.close();
  });
});
