import assert from 'node:assert/strict';
import {
  RetentionSchedule,
  changeDelayMs,
  pauseMs,
  startDelayMs,
} from '../../../src/editor/retentionSchedule.js';

/** A clock that stands still until it is moved on. */
class FakeClock {
  nowMs = 0;
  private timers: { atMs: number; act: () => void }[] = [];

  after(ms: number, act: () => void): () => void {
    const timer = { atMs: this.nowMs + ms, act };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((other) => other !== timer));
  }

  /** Lets what is due happen, with what follows from it at once. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [next] = this.timers
        .filter(({ atMs }) => atMs <= endMs)
        .sort((one, other) => one.atMs - other.atMs);
      if (!next) break;
      this.nowMs = next.atMs;
      this.timers = this.timers.filter((other) => other !== next);
      next.act();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.nowMs = endMs;
  }
}

describe('the schedule of retention', () => {
  let clock: FakeClock;
  let isOn: boolean;
  let runsAtMs: number[];
  let cleanUp: () => Promise<void>;
  const start = (): RetentionSchedule =>
    new RetentionSchedule(
      () => {
        runsAtMs.push(clock.nowMs);
        return cleanUp();
      },
      () => isOn,
      clock,
    );
  beforeEach(() => {
    clock = new FakeClock();
    isOn = true;
    runsAtMs = [];
    cleanUp = () => Promise.resolve();
  });

  it('begins a while after the start of the window, and goes on every six hours', async () => {
    start();
    await clock.pass(startDelayMs - 1);
    assert.deepEqual(runsAtMs, []);
    await clock.pass(2 * pauseMs + 1);
    assert.deepEqual(
      runsAtMs,
      [0, 1, 2].map((run) => startDelayMs + run * pauseMs),
    );
  });

  it('does nothing where no limit is set', async () => {
    isOn = false;
    start();
    await clock.pass(10 * pauseMs);
    assert.deepEqual(runsAtMs, []);
  });

  it('waits until a limit that is being typed is typed', async () => {
    const schedule = start();
    await clock.pass(startDelayMs);
    runsAtMs = [];
    await clock.pass(pauseMs - 1_000);
    schedule.settingsChanged();
    await clock.pass(changeDelayMs - 1);
    schedule.settingsChanged();
    await clock.pass(changeDelayMs - 1);
    assert.deepEqual(runsAtMs, []);
    await clock.pass(1);
    assert.equal(runsAtMs.length, 1);
  });

  it('begins when a limit is set, and ends when none is', async () => {
    isOn = false;
    const schedule = start();
    await clock.pass(pauseMs);
    isOn = true;
    schedule.settingsChanged();
    await clock.pass(changeDelayMs);
    assert.equal(runsAtMs.length, 1);
    isOn = false;
    schedule.settingsChanged();
    await clock.pass(10 * pauseMs);
    assert.equal(runsAtMs.length, 1);
  });

  it('never runs twice at once, however long it takes', async () => {
    let end = (): void => undefined;
    cleanUp = () => new Promise((resolve) => (end = resolve));
    const schedule = start();
    await clock.pass(startDelayMs);
    schedule.settingsChanged();
    await clock.pass(3 * pauseMs);
    assert.equal(runsAtMs.length, 1);
    end();
    await clock.pass(0);
    await clock.pass(pauseMs);
    assert.equal(runsAtMs.length, 2);
  });

  it('ends with its window', async () => {
    const schedule = start();
    await clock.pass(startDelayMs);
    schedule.dispose();
    schedule.settingsChanged();
    await clock.pass(10 * pauseMs);
    assert.equal(runsAtMs.length, 1);
  });
});
