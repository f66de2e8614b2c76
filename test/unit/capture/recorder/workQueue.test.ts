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
    const line = new WorkQueue(() => undefined).line();
    for (let number = 0; number < 5; number++) {
      line.add(() => {
        done.push(number);
        busyFor(7);
      });
    }
    await setImmediate();
    assert.deepEqual(done, [0]);
    while (done.length < 5) await setImmediate();
    assert.deepEqual(done, [0, 1, 2, 3, 4]);
  });

  it('gives each line its turn, so that a flood in one keeps no other waiting', async () => {
    const done: string[] = [];
    const queue = new WorkQueue(() => undefined);
    const [flood, other] = [queue.line(), queue.line()];
    for (let number = 0; number < 5; number++) {
      flood.add(() => {
        done.push(`flood ${number}`);
        busyFor(4);
      }, megabyte);
    }
    other.add(() => done.push('other 0'));
    other.add(() => done.push('other 1'));
    while (done.length < 7) await setImmediate();
    const inTurns = ['flood 0', 'other 0', 'other 1', 'flood 1', 'flood 2', 'flood 3', 'flood 4'];
    assert.deepEqual(done, inTurns);
  });

  it('does not let more than 32 MB wait, however long that takes', async () => {
    let done = 0;
    const line = new WorkQueue(() => undefined).line();
    const job = (): void => {
      done++;
      busyFor(7);
    };
    for (let number = 0; number < 36; number++) line.add(job, megabyte);
    await setImmediate();
    assert.equal(done, 4);
    await setImmediate();
    assert.equal(done, 5, 'one a turn again');
  });

  it('goes on behind a job that throws, and behind a failing end of a turn', async () => {
    const problems: string[] = [];
    const done: string[] = [];
    const line = new WorkQueue(
      () => {
        done.push('turn');
        throw new Error('cannot write');
      },
      (problem) => problems.push(problem),
    ).line();
    line.add(() => {
      throw new Error('cannot read');
    });
    line.add(() => done.push('next'));
    // What is wrong is told with its stack, which may take longer than a turn.
    while (!done.includes('next')) await setImmediate();
    assert.deepEqual(done.slice(done.indexOf('next')), ['next', 'turn']);
    assert.match(problems.join(), /cannot read.*cannot write/s);
  });
});
