import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itBesidesWindows, itWhere } from '../runner/itWhere.js';
import { itOnSmallDisk, mountSmallDisk, unmountDisk } from '../runner/smallDisk.js';
import { bundle } from '../unit/capture/log/bundles.js';
import { expectedTokens, storedCalls } from '../unit/capture/log/sampleEvents.js';
import { WriterProcess } from './writerProcess.js';

const isRoot = process.getuid?.() === 0;
/** "nobody": any number without rights will do. */
const nobody = 65_534;
const diskBytes = 2 * 1024 * 1024;

describe('a capture on a real disk that fails', function () {
  this.timeout(60_000);
  let bundles: string;
  let root: string;
  let writer: WriterProcess;

  before(async () => {
    bundles = await bundle({ fold: 'src/foldWorker.ts', writer: 'test/faults/steadyWriter.ts' });
    // The writer may be another user.
    await chmod(bundles, 0o755);
  });
  after(() => rm(bundles, { recursive: true, force: true }));

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'llm-stream-faults-'));
    await chmod(root, 0o755);
  });
  afterEach(async () => {
    writer.kill();
    await rm(root, { recursive: true, force: true });
  });

  async function assertWhole(trace: string, tokens: number): Promise<void> {
    assert.deepEqual((await storedCalls(trace)).get('a'), {
      state: 'completed',
      tokens: expectedTokens('a', tokens),
    });
  }

  describe('that is full', () => {
    let disk = '';
    afterEach(() => {
      writer.kill();
      if (disk !== '') unmountDisk(disk);
    });

    itOnSmallDisk('says so, keeps what comes, and writes it when there is room again', async () => {
      disk = join(root, 'disk');
      await mkdir(disk);
      mountSmallDisk(disk, diskBytes);
      const trace = join(disk, 'agent.llmtrace');
      writer = new WriterProcess(bundles, trace);
      await writer.next(({ folds }) => folds > 0);
      const filler = join(disk, 'filler');
      await writeFile(filler, Buffer.alloc(diskBytes)).catch(() => undefined);
      assert.ok((await stat(filler)).size < diskBytes);
      const full = await writer.next(({ isTaken, keptEvents }) => !isTaken && keptEvents > 20);
      assert.deepEqual(new Set(full.problems.map(({ code }) => code)), new Set(['disk-full']));
      assert.match(full.problems[0]?.message ?? '', /^The disk that holds .* is full\./);
      await rm(filler);
      await writer.next(({ isTaken, problems }) => isTaken && problems.length === 0);
      const { tokens, problems } = await writer.stop();
      assert.deepEqual(problems, []);
      await assertWhole(trace, tokens);
      assert.deepEqual(await readdir(disk), ['agent.llmtrace']);
    });
  });

  describe('that gives this user no more room', () => {
    /** As a quota: the largest file that the writer may have. The fold's process inherits it. */
    const limit = (bytes: number | 'unlimited'): void => {
      execFileSync('prlimit', ['--pid', String(writer.pid), `--fsize=${bytes}:unlimited`], {
        stdio: 'ignore',
      });
    };

    const hasLimits = spawnSync('prlimit', ['--version'], { stdio: 'ignore' }).status === 0;
    const itWithLimits = itWhere(hasLimits, 'It needs the command "prlimit".');
    itWithLimits('says so, keeps what comes, and writes it when there is room again', async () => {
      const trace = join(root, 'agent.llmtrace');
      writer = new WriterProcess(bundles, trace);
      await writer.next(({ folds }) => folds > 0);
      limit(1_000);
      const full = await writer.next(({ isTaken, keptEvents }) => !isTaken && keptEvents > 20);
      assert.deepEqual(new Set(full.problems.map(({ code }) => code)), new Set(['disk-full']));
      assert.match(full.problems[0]?.message ?? '', /is full\. .* Free some space on it/);
      limit('unlimited');
      await writer.next(({ isTaken, problems }) => isTaken && problems.length === 0);
      const { tokens, problems } = await writer.stop();
      assert.deepEqual(problems, []);
      await assertWhole(trace, tokens);
      assert.deepEqual(await readdir(root), ['agent.llmtrace']);
    });
  });

  describe('whose folder takes no files any more', () => {
    itBesidesWindows(
      'says so, goes on in the log, and folds it when the permission is back',
      async () => {
        const folder = join(root, 'captures');
        await mkdir(folder);
        if (isRoot) await chown(folder, nobody, nobody);
        const trace = join(folder, 'agent.llmtrace');
        writer = new WriterProcess(bundles, trace, isRoot ? nobody : undefined);
        await writer.next(({ folds }) => folds > 0);
        await chmod(folder, 0o555);
        const closed = await writer.next(({ problems }) => problems.length > 0);
        assert.equal(closed.problems[0]?.code, 'no-permission');
        assert.match(closed.problems[0]?.message ?? '', /Give the permission back/);
        assert.equal(closed.isTaken, true);
        await chmod(folder, 0o755);
        await writer.next(({ problems, folds }) => problems.length === 0 && folds > closed.folds);
        const { tokens, problems } = await writer.stop();
        assert.deepEqual(problems, []);
        await assertWhole(trace, tokens);
      },
    );
  });
});
