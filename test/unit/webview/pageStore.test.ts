import assert from 'node:assert/strict';
import { microseconds } from '../../../src/model/units.js';
import { initialPageModel } from '../../../webview/state/pageModel.js';
import { ManualFrames, newStore } from './manualFrames.js';

describe('page store', () => {
  let frames: ManualFrames;
  beforeEach(() => {
    frames = new ManualFrames();
  });

  it('lets a watcher draw once a frame, however often its values changed', () => {
    const store = newStore(frames);
    let drawn = 0;
    store.watch(['position'], () => drawn++);
    frames.run();
    assert.equal(drawn, 1);
    store.update({ position: 1 });
    store.update({ position: 2 });
    frames.run();
    assert.equal(drawn, 2);
  });

  it('does not draw for values that stayed, or that nobody watches', () => {
    const store = newStore(frames);
    let drawn = 0;
    store.watch(['position'], () => drawn++);
    frames.run();
    store.update({ position: initialPageModel.position });
    assert.equal(frames.waiting, 0);
    store.update({ tab: 'Raw' });
    frames.run();
    assert.equal(drawn, 1);
  });

  it('draws what a draw changed in the next frame', () => {
    const store = newStore(frames);
    const seen: number[] = [];
    store.watch(['position'], () => {
      seen.push(store.current.position);
      if (store.current.position < 2) store.update({ position: store.current.position + 1 });
    });
    frames.runAll();
    assert.deepEqual(seen, [-1, 0, 1, 2]);
  });

  it('stops drawing for who no longer watches', () => {
    const store = newStore(frames);
    let drawn = 0;
    const stop = store.watch(['position'], () => drawn++);
    frames.run();
    stop();
    store.update({ position: 5 });
    frames.run();
    assert.equal(drawn, 1);
  });

  it('runs an animation in every frame until it is stopped', () => {
    const store = newStore(frames);
    const times: number[] = [];
    const stop = store.animate((nowMs) => {
      times.push(nowMs);
      if (times.length === 3) stop();
    });
    frames.runAll();
    assert.equal(times.length, 3);
    assert.ok(frames.waiting === 0);
  });

  it('is idle when no frame is scheduled and no request is pending', async () => {
    const store = newStore(frames);
    const states: boolean[] = [];
    store.onIdle((idle) => states.push(idle));
    let settle: (value: string) => void = () => undefined;
    const work = store.track(new Promise<string>((resolve) => (settle = resolve)));
    store.update({ timeUs: microseconds(5) });
    frames.run();
    assert.deepEqual(states, [true, false]);
    settle('done');
    assert.equal(await work, 'done');
    assert.deepEqual(states, [true, false, true]);
  });

  it('is idle again after a request failed', async () => {
    const store = newStore(frames);
    const states: boolean[] = [];
    store.onIdle((idle) => states.push(idle));
    await assert.rejects(store.track(Promise.reject(new Error('no'))), /no/);
    assert.deepEqual(states, [true, false, true]);
  });
});
