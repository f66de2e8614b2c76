import assert from 'node:assert/strict';
import fc from 'fast-check';
import { indexMarks } from '../../../src/model/levelOfDetail.js';
import { columnsOf } from '../../../src/model/tokens.js';
import { runKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { textBlocks } from '../../../webview/replay/blocks.js';
import { LiveClock } from '../../../webview/state/liveClock.js';
import { runRows } from '../../../webview/timeline/runRows.js';
import { StreamingRun } from '../../page/streamingRun.js';
import { ManualFrames, newStore } from './manualFrames.js';

const token = fc.record({
  offsetUs: fc.constant(microseconds(1)),
  text: fc.oneof(fc.constant('\n'), fc.constant(' '), fc.string({ minLength: 1, maxLength: 900 })),
  kind: fc.constantFrom(0 as const, 1 as const, 3 as const, 4 as const),
});

describe('what grows with a call', () => {
  it('has the same blocks of text as if it had been there at once', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), fc.nat(60), (tokens, first) => {
        const known = textBlocks(columnsOf(tokens.slice(0, first)));
        assert.deepEqual(textBlocks(columnsOf(tokens), known), textBlocks(columnsOf(tokens)));
      }),
    );
  });

  it('has the same index of marks', () => {
    const kinds = fc.array(fc.nat(8), { maxLength: 300 });
    fc.assert(
      fc.property(kinds, fc.nat(300), (all, first) => {
        const places = Float64Array.from(all, (_, at) => at);
        const kind = Uint8Array.from(all);
        const known = indexMarks(places.subarray(0, first), kind.subarray(0, first));
        assert.deepEqual(indexMarks(places, kind, known), indexMarks(places, kind));
      }),
    );
  });
});

describe('the clock of a run that streams', () => {
  function started(epochMs: (run: StreamingRun) => number) {
    const run = new StreamingRun({ ended: 1, streaming: 1, tokens: 10 });
    const frames = new ManualFrames();
    const store = newStore(frames);
    const timers: (() => void)[] = [];
    const time = { nowMs: 0 };
    const first = run.source.run({ run: runKey(1) });
    const startMs = first.run.startedAtUs / 1_000 + epochMs(run);
    const clock = {
      nowMs: () => time.nowMs,
      epochMs: () => startMs + time.nowMs,
      after: (_delayMs: number, callback: () => void) => void timers.push(callback),
    };
    new LiveClock(store, clock, () => false);
    store.update({ run: first });
    frames.runAll();
    const pass = (ms: number): void => {
      time.nowMs += ms;
      for (const timer of timers.splice(0)) timer();
      frames.runAll();
    };
    return { run, store, frames, pass, first, timers };
  }

  it('goes on although nothing comes', () => {
    const { store, pass, first } = started(() => 2_000);
    pass(3_000);
    assert.equal(Math.round((store.current.nowUs ?? 0) / 1_000), 5_000);
    const [, waiting] = runRows(first, '', store.current.nowUs);
    assert.equal(Math.round((waiting?.waitingUs ?? 0) / 100_000), 48);
  });

  it('goes by what comes as soon as something does, whatever the clocks of two machines say', () => {
    const { run, store, pass, frames } = started(() => 60_000);
    run.grow(100);
    const grown = run.source.run({ run: runKey(1) });
    store.update({ run: grown });
    frames.runAll();
    pass(1_500);
    assert.equal(Math.round(store.current.nowUs ?? 0), Math.round(grown.lengthUs + 1_500_000));
  });

  it('stands still in a file of which nobody has written for hours', () => {
    const { store, timers } = started(() => 2 * 3_600_000);
    assert.equal(store.current.nowUs, null);
    assert.deepEqual(timers, []);
  });
});
