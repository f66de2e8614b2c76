import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    let disk: string;

    /** False where this user may not mount one. */
    function mount(): boolean {
      if (process.platform !== 'linux' || !isRoot) return false;
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', disk], {
          stdio: 'ignore',
        });
        return true;
      } catch {
        return false;
      }
    }

    beforeEach(async function () {
      disk = join(root, 'disk');
      await mkdir(disk);
      if (mount()) return;
      process.stdout.write(
        '      No small disk can be mounted here: only the tests with an invented one are run.\n',
      );
      this.skip();
    });
    afterEach(() => {
      writer.kill();
      execFileSync('umount', ['--lazy', disk]);
    });

    it('says so, keeps what comes, and writes it when there is room again', async () => {
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

    it('says so, keeps what comes, and writes it when there is room again', async function () {
      const trace = join(root, 'agent.llmtrace');
      writer = new WriterProcess(bundles, trace);
      await writer.next(({ folds }) => folds > 0);
      try {
        limit(1_000);
      } catch {
        process.stdout.write('      No limit can be set here: there is no command "prlimit".\n');
        return this.skip();
      }
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
    beforeEach(function () {
      // Permissions of files mean something else there.
      if (process.platform === 'win32') this.skip();
    });

    it('says so, goes on in the log, and folds it when the permission is back', async () => {
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
    });
  });
});
