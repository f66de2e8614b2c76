import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rename, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { acquireLock, lockState } from '../../../../src/store/log/captureLock.js';
import { ownLockOwner, parseOwner } from '../../../../src/store/log/lockOwner.js';
import { itOnLinux } from '../../../runner/itWhere.js';

const nonce = (digit: string): string => digit.repeat(32);

describe('capture lock', () => {
  let folder: string;
  let trace: string;
  let lockPath: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stream-lock-'));
    trace = join(folder, 'agent.llmtrace');
    lockPath = `${trace}-lock`;
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** A process that takes the lock whenever it is told to. */
  async function contender(): Promise<ChildProcess> {
    const child = fork(join(import.meta.dirname, 'lockContender.ts'), [trace], {
      execArgv: ['--import', 'tsx'],
    });
    children.push(child);
    await once(child, 'message');
    return child;
  }

  async function contend(child: ChildProcess): Promise<string> {
    const answer = once(child, 'message');
    child.send('take');
    return ((await answer) as [string])[0];
  }

  it('is held until it is released', async () => {
    assert.equal(await lockState(trace), 'free');
    const lock = await acquireLock(trace);
    assert.equal(await lockState(trace), 'held');
    await lock.release();
    assert.equal(await lockState(trace), 'free');
    assert.deepEqual(await readdir(folder), []);
  });

  it('names the process that has it', async () => {
    const lock = await acquireLock(trace);
    await assert.rejects(acquireLock(trace), {
      code: 'busy',
      message: new RegExp(`^agent\\.llmtrace is being recorded .*\\(process ${process.pid}\\)`),
    });
    await lock.release();
  });

  it('is lost by a process that was killed, at once', async () => {
    const child = await contender();
    assert.equal(await contend(child), 'taken');
    assert.equal(await lockState(trace), 'held');
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    assert.equal(await lockState(trace), 'stale');
    const lock = await acquireLock(trace);
    assert.equal(await lockState(trace), 'held');
    assert.deepEqual(await readdir(folder), ['agent.llmtrace-lock']);
    await lock.release();
  });

  it('goes to exactly one of several processes that find a stale one', async function () {
    this.timeout(20_000);
    const contenders = await Promise.all([contender(), contender(), contender()]);
    for (let round = 0; round < 30; round++) {
      const dead = { ...ownLockOwner(nonce((round % 10).toString())), processStart: '1' };
      await writeFile(lockPath, JSON.stringify(dead));
      // An heir that died in the middle of taking over.
      if (round % 3 === 0) {
        const heir = { ...dead, nonce: nonce('a') };
        await writeFile(`${lockPath}.${dead.nonce}`, JSON.stringify(heir));
      }
      const answers = await Promise.all(contenders.map(contend));
      assert.deepEqual(answers.sort(), ['busy', 'busy', 'taken'], `round ${round}`);
      assert.deepEqual(await readdir(folder), ['agent.llmtrace-lock']);
      await rm(lockPath);
    }
  });

  itOnLinux(
    'is not taken for held because another process has the pid of the dead one',
    async () => {
      const before = { ...ownLockOwner(nonce('b')), processStart: '12' };
      await writeFile(lockPath, JSON.stringify(before));
      assert.equal(await lockState(trace), 'stale');
    },
  );

  itOnLinux(
    'of a suspended process stays its own, however long its heartbeat is silent',
    async () => {
      const child = await contender();
      assert.equal(await contend(child), 'taken');
      child.kill('SIGSTOP');
      await utimes(lockPath, new Date(0), new Date(0));
      assert.equal(await lockState(trace), 'held');
      await assert.rejects(acquireLock(trace), { code: 'busy' });
    },
  );

  it('of another machine is told by its heartbeat, which is given the time to come back', async () => {
    const elsewhere = { ...ownLockOwner(nonce('c')), place: `not-${hostname()}` };
    await writeFile(lockPath, JSON.stringify(elsewhere));
    assert.equal(await lockState(trace), 'held');
    await utimes(lockPath, new Date(0), new Date(0));
    assert.equal(await lockState(trace), 'stale');
    const acquiring = acquireLock(trace);
    await utimes(lockPath, new Date(), new Date());
    await assert.rejects(acquiring, { code: 'busy' });
    await utimes(lockPath, new Date(0), new Date(0));
    const lock = await acquireLock(trace);
    assert.equal(lock.verify(), true);
    await lock.release();
  }).timeout(10_000);

  // Where there are no links, a process can die between making and writing its lock.
  it('without content counts while it is new', async () => {
    await writeFile(lockPath, '');
    await assert.rejects(acquireLock(trace), { code: 'busy' });
    await utimes(lockPath, new Date(0), new Date(0));
    await (await acquireLock(trace)).release();
    assert.equal(await lockState(trace), 'free');
  });

  it('that another process has taken over is not ours any more', async () => {
    const lock = await acquireLock(trace);
    const other = JSON.stringify(ownLockOwner(nonce('d')));
    await writeFile(lockPath, other);
    assert.equal(lock.verify(), false);
    await lock.release();
    assert.equal(await readFile(lockPath, 'utf8'), other);
  });

  it('is made again when its file was deleted', async () => {
    const lock = await acquireLock(trace);
    await rm(lockPath);
    assert.equal(lock.verify(), true);
    assert.equal(await lockState(trace), 'held');
    await lock.release();
    assert.equal(lock.verify(), false);
    assert.deepEqual(await readdir(folder), []);
  });

  it('does not go on locking a trace whose folder was renamed', async () => {
    const lock = await acquireLock(trace);
    const moved = join(folder, 'moved');
    await mkdir(moved);
    await rename(lockPath, join(moved, 'agent.llmtrace-lock'));
    assert.equal(lock.verify(), true);
    await utimes(join(moved, 'agent.llmtrace-lock'), new Date(0), new Date(0));
    assert.equal(await lockState(join(moved, 'agent.llmtrace')), 'stale');
    await lock.release();
  });

  it('is cheap to look at', async () => {
    const lock = await acquireLock(trace);
    const looks = 200;
    const start = performance.now();
    for (let look = 0; look < looks; look++) await lockState(trace);
    const perLookMs = (performance.now() - start) / looks;
    await lock.release();
    assert.ok(perLookMs < 5, `${perLookMs.toFixed(2)} ms`);
  });

  it('says nothing but whole owners, whatever is in the file', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const owner = parseOwner(text);
        assert.match(owner.nonce, /^([0-9a-f]{32}|unreadable)$/);
      }),
    );
    const hostile = { ...ownLockOwner('../../elsewhere') };
    assert.equal(parseOwner(JSON.stringify(hostile)).nonce, 'unreadable');
  });
});
