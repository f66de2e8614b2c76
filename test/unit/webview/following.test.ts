import assert from 'node:assert/strict';
import { type RunDetail, runKey, stepKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { FollowedCalls, newest, takesAlong } from '../../../webview/state/following.js';
import { initialPageModel } from '../../../webview/state/pageModel.js';
import { savedStateOf } from '../../../webview/state/savedState.js';
import { GrowingTrace } from '../../page/growingTrace.js';
import { SyntheticTrace, stream } from '../../page/syntheticTrace.js';
import { loaded, settlePage } from './fakePage.js';

describe('following a stream', () => {
  const model = (tokens: number) => ({
    ...initialPageModel,
    run: new GrowingTrace(tokens).source.run({ run: runKey(1) }),
    stepKey: stepKey(2),
    tokens: stream(tokens, 50, () => 10),
  });
  const ended = (run: RunDetail): RunDetail => ({
    ...run,
    steps: run.steps.map((step) => ({
      ...step,
      call: step.call && { ...step.call, state: 'completed' as const },
    })),
  });

  it('takes the position along while the call streams', () => {
    assert.ok(takesAlong({ ...model(3), position: -1 }));
    assert.ok(!takesAlong({ ...model(3), position: 2, following: false }));
  });

  it('takes it along once more when the call ended, if it was at the newest token', () => {
    const { run, ...rest } = model(3);
    assert.ok(takesAlong({ ...rest, run: ended(run), position: 2 }));
    assert.ok(!takesAlong({ ...rest, run: ended(run), position: 1 }));
    assert.ok(!takesAlong({ ...rest, run: ended(run), position: -1, tokens: null }));
  });

  it('knows no newest token of a stream that has none', () => {
    assert.deepEqual(newest(stream(0, 0, () => 0)), { position: -1, timeUs: 0 });
    assert.deepEqual(newest(stream(2, 50, () => 10)), { position: 1, timeUs: 60_000 });
  });

  const span = { fromUs: microseconds(1), toUs: microseconds(2) };

  it('ends with whatever shows another place, and comes back by "jump to latest"', async () => {
    const { store, actions } = await loaded(new GrowingTrace(5).source);
    const moves: Readonly<Record<string, () => void>> = {
      token: () => actions.moveTo(2),
      time: () => actions.moveToTime(microseconds(1)),
      replay: () => actions.setPlaying(true),
      'run zoom': () => actions.setRunView(span),
      'token zoom': () => actions.setTokenView(span),
      scroll: () => actions.stopFollowing(),
      place: () => actions.selectStep(stepKey(2), { position: 1 }),
    };
    for (const [name, move] of Object.entries(moves)) {
      move();
      assert.equal(store.current.following, false, name);
      actions.jumpToLatest();
      const { following, position, playing, runView, tokenView } = store.current;
      assert.deepEqual(
        { following, position, playing, runView, tokenView },
        { following: true, position: 4, playing: false, runView: null, tokenView: null },
        name,
      );
    }
  });

  it('goes on with what leads nowhere else', async () => {
    const { store, actions } = await loaded(new GrowingTrace(5).source);
    actions.moveTo(5);
    actions.setRunView(null);
    actions.setTokenView(null);
    actions.setPlaying(false);
    assert.ok(store.current.following);
  });

  it('begins anew with another call', async () => {
    const page = await loaded(new GrowingTrace(5).source);
    page.actions.moveTo(1);
    page.actions.selectStep(stepKey(1));
    await settlePage(page);
    assert.equal(page.store.current.position, -1);
    page.actions.selectStep(stepKey(2));
    await settlePage(page);
    assert.equal(page.store.current.position, 4);
  });

  it('is remembered', () => {
    assert.equal(savedStateOf(model(1)).following, true);
    assert.equal(savedStateOf({ ...model(1), following: false }).following, false);
  });
});

describe("the agent's next call", () => {
  function afterCall(nextIsIn: 'run' | 'group') {
    const trace = new SyntheticTrace('lanes');
    const first = trace.call({ name: 'first', startMs: 0 });
    const group = trace.step({ type: 'stage', name: 'group', startMs: 1_000 });
    const parent = trace.step({ type: 'agent', name: 'inner', startMs: 1_000, parent: group });
    const where = nextIsIn === 'group' ? { parent } : {};
    const next = trace.call({ name: 'next', startMs: 1_100, ...where }, undefined, {
      state: 'streaming',
    });
    const run = trace.source().run({ run: runKey(1) });
    const call = first.call && { ...first.call, state: 'streaming' as const };
    const followed = new FollowedCalls();
    followed.note({
      run: { ...run, steps: [{ ...first, call }] },
      ...{ stepKey: first.key, following: true },
    });
    return { followed, steps: run.steps, group, next };
  }

  it('is gone to when the one that was followed has ended', () => {
    for (const where of ['run', 'group'] as const) {
      const { followed, steps, next } = afterCall(where);
      assert.equal(followed.next(steps), next.key);
    }
  });

  it('is not gone to where it is in a lane that the user has closed', () => {
    const { followed, steps, group } = afterCall('group');
    assert.equal(followed.next(steps, [group.id]), null);
    const outside = afterCall('run');
    assert.equal(outside.followed.next(outside.steps, [outside.group.id]), outside.next.key);
  });
});

describe('a trace that changes faster than it is loaded', () => {
  it('is shown in the state that was loaded, and then in the newest one', async () => {
    const trace = new GrowingTrace(5);
    const page = await loaded(trace.source);
    for (const count of [6, 7, 8]) page.session.handlers.state(trace.grow(count));
    await page.host.answerLast('runChanges');
    page.session.handlers.state(trace.grow(9));
    assert.deepEqual(page.host.asked, ['tokens']);
    await settlePage(page);
    assert.equal(page.store.current.position, 8);
    assert.equal(page.store.current.run?.generation, trace.source.summary.generation);
    assert.deepEqual(page.host.asked, []);
  });

  it('keeps the step that was chosen while it was loaded', async () => {
    const trace = new GrowingTrace(5);
    const page = await loaded(trace.source);
    page.session.handlers.state(trace.grow(6));
    page.actions.selectStep(stepKey(1), { position: 7 });
    await settlePage(page);
    const { stepKey: step, position, tokens } = page.store.current;
    assert.deepEqual([step, position, tokens?.count], [1, 7, 45]);
  });

  it('keeps the place that was chosen just before it', async () => {
    const trace = new GrowingTrace(5);
    const page = await loaded(trace.source);
    page.actions.selectStep(stepKey(1), { position: 7 });
    page.session.handlers.state(trace.grow(6));
    await page.host.answerLast('runChanges');
    await settlePage(page);
    const { stepKey: step, position } = page.store.current;
    assert.deepEqual([step, position], [1, 7]);
  });
});
