import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { WorkQueue } from '../../../../src/capture/recorder/workQueue.js';

const megabyte = 1_024 * 1_024;

function busyFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe('WorkQueue', () => {
  it('does its jobs in order, and lets others have their turn in between', async () => {
    const done: number[] = [];
    const queue = new WorkQueue(() => undefined);
    for (let number = 0; number < 5; number++) {
      queue.add(() => {
        done.push(number);
        busyFor(7);
      });
    }
    await setImmediate();
    assert.deepEqual(done, [0]);
    while (done.length < 5) await setImmediate();
    assert.deepEqual(done, [0, 1, 2, 3, 4]);
  });

  it('does not let more than 32 MB wait, however long that takes', async () => {
    let done = 0;
    const queue = new WorkQueue(() => undefined);
    const job = (): void => {
      done++;
      busyFor(7);
    };
    for (let number = 0; number < 36; number++) queue.add(job, megabyte);
    await setImmediate();
    assert.equal(done, 4);
    await setImmediate();
    assert.equal(done, 5, 'one a turn again');
  });

  it('goes on behind a job that throws, and behind a failing end of a turn', async () => {
    const problems: string[] = [];
    const done: string[] = [];
    const queue = new WorkQueue(
      () => {
        done.push('turn');
        throw new Error('cannot write');
      },
      (line) => problems.push(line),
    );
    queue.add(() => {
      throw new Error('cannot read');
    });
    queue.add(() => done.push('next'));
    await setImmediate();
    assert.deepEqual(done, ['next', 'turn']);
    assert.match(problems.join(), /cannot read.*cannot write/s);
  });
});
