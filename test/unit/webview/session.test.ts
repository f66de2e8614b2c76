import assert from 'node:assert/strict';
import type { RunKey, StepKey } from '../../../src/model/trace.js';
import { runKey, stepKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { TraceError } from '../../../src/protocol/errors.js';
import type { PageState } from '../../../src/protocol/pageMessages.js';
import { parseSavedState } from '../../../webview/state/savedState.js';
import { pictureTrace } from '../../page/syntheticTrace.js';
import { type TraceSource, readyState } from '../../page/traceSource.js';
import { loaded, openPage, settlePage } from './fakePage.js';

const next = (source: TraceSource, generation: number): PageState => ({
  ...readyState(source),
  ...{ summary: { ...source.summary, generation } },
});

/** The same trace as it is read anew: other keys, one step more in front. */
function renumbered(source: TraceSource, by: number): TraceSource {
  const newKey = (key: StepKey): StepKey => stepKey(key + by);
  const oldKey = (key: StepKey): StepKey => stepKey(key - by);
  return {
    ...source,
    run: (params) => {
      const detail = source.run(params);
      const steps = detail.steps.map((step) => ({ ...step, key: newKey(step.key) }));
      return { ...detail, generation: 2, steps };
    },
    tokens: ({ call, ...range }) => source.tokens({ call: oldKey(call), ...range }),
    step: ({ step }) => source.step({ step: oldKey(step) }),
  };
}

describe('the page and its host', () => {
  it('shows the newest run and its first call with tokens', async () => {
    const { store } = await loaded(pictureTrace());
    assert.equal(store.current.runKey, 1);
    assert.equal(store.current.stepKey, 2);
    assert.equal(store.current.tokens?.count, 45);
    assert.equal(store.current.position, -1);
  });

  it('shows first the newest run that holds a call', async () => {
    const source = pictureTrace();
    const [run] = source.summary.runs;
    const begun = { ...run!, key: runKey(2), id: 'begun', callCount: 0 };
    const runs = [begun, run!];
    const { store } = await loaded({ ...source, summary: { ...source.summary, runs } });
    assert.equal(store.current.runKey, 1);
  });

  it('goes first where the host wants it', async () => {
    const reveal = { run: runKey(1), step: stepKey(6), token: 61, play: true };
    const { store } = await loaded(pictureTrace(), { reveal });
    const { stepKey: step, position, playing, timeUs, tokens } = store.current;
    assert.deepEqual([step, position, playing, tokens?.count], [6, 61, true, 120]);
    assert.equal(timeUs, tokens?.offsetUs[61]);
  });

  it('goes where the host wants it while it still loads', async () => {
    const page = openPage(pictureTrace());
    await page.host.answerLast('ready');
    page.session.handlers.reveal({ run: runKey(1), step: stepKey(7), token: 3, play: false });
    await settlePage(page);
    assert.equal(page.store.current.stepKey, 7);
    assert.equal(page.store.current.position, 3);
  });

  it('shows nothing of a call that is not selected any more', async () => {
    const page = await loaded(pictureTrace());
    page.actions.selectStep(stepKey(6));
    page.actions.selectStep(stepKey(7));
    await settlePage(page);
    assert.equal(page.store.current.tokens?.count, 212);
    assert.equal(page.store.current.announcement, null);
    assert.equal(page.store.current.loadError, null);
  });

  it('keeps run, step, token and viewport when the file was read anew with other keys', async () => {
    const source = pictureTrace();
    let current = source;
    const page = await loaded({
      ...source,
      run: (params) => current.run(params),
      tokens: (params) => current.tokens(params),
      step: (params) => current.step(params),
    });
    page.actions.selectStep(stepKey(6), { position: 61 });
    await settlePage(page);
    const view = { fromUs: microseconds(3), toUs: microseconds(9) };
    page.actions.setRunView(view);
    page.actions.setTokenView(view);
    current = renumbered(source, 100);
    page.session.handlers.state(next(source, 2));
    await settlePage(page);
    const { stepKey: step, position, runView, tokenView, tokens, run } = page.store.current;
    assert.deepEqual([step, position, runView, tokenView], [106, 61, view, view]);
    assert.equal(tokens?.count, 120);
    assert.equal(run?.generation, 2);
  });

  it('goes back to the last token there is when the new file has fewer', async () => {
    const source = pictureTrace();
    let count = 120;
    const page = await loaded({
      ...source,
      run: (params) => {
        const detail = source.run(params);
        return { ...detail, steps: detail.steps.map((step) => ({ ...step })) };
      },
      tokens: (params) => ({ ...source.tokens({ ...params, count }), total: count }),
    });
    page.actions.selectStep(stepKey(6), { position: 61 });
    await settlePage(page);
    count = 10;
    page.session.handlers.state(next(source, 2));
    await settlePage(page);
    assert.equal(page.store.current.position, 9);
  });

  it('does not read anew what has not changed', async () => {
    const source = pictureTrace();
    const page = await loaded(source);
    page.session.handlers.state(readyState(source));
    assert.deepEqual(page.host.asked, []);
  });

  it('becomes empty when the file has no runs any more', async () => {
    const source = pictureTrace();
    const page = await loaded(source);
    page.session.handlers.state({
      ...readyState(source),
      ...{ summary: { ...source.summary, generation: 2, runs: [] } },
    });
    await settlePage(page);
    const { run, runKey: key, tokens, stepKey: step } = page.store.current;
    assert.deepEqual([run, key, tokens, step], [null, null, null, null]);
  });

  it('says why a step could not be loaded, and can try again', async () => {
    const source = pictureTrace();
    let fails = true;
    const page = await loaded({
      ...source,
      step: (params) => {
        if (fails) throw new TraceError('corrupt', 'It is damaged.', 'page 7');
        return source.step(params);
      },
    });
    assert.equal(page.store.current.loadError?.message, 'It is damaged.');
    assert.deepEqual(page.store.current.announcement, { text: 'It is damaged.', isError: true });
    assert.deepEqual(
      page.host.told.find(({ method }) => method === 'pageError'),
      { method: 'pageError', params: { message: 'It is damaged.', stack: 'page 7' } },
    );
    fails = false;
    page.actions.reload();
    await settlePage(page);
    assert.equal(page.store.current.loadError, null);
    assert.equal(page.store.current.tokens?.count, 45);
  });

  it('saves what the user chose although a stream never lets it rest', async () => {
    const page = await loaded(pictureTrace());
    void page.store.track(new Promise(() => undefined));
    page.actions.selectStep(stepKey(7));
    page.frames.runAll();
    const chosen = page.store.current.run?.steps.find(({ key }) => key === 7);
    assert.equal(parseSavedState(page.saved())?.stepId, chosen?.id);
  });

  it('is where it was when its saved state is handed in', async () => {
    const first = await loaded(pictureTrace());
    first.actions.selectStep(stepKey(6), { position: 61 });
    await settlePage(first);
    first.actions.setTokenView({ fromUs: microseconds(10), toUs: microseconds(90) });
    first.actions.setRunView({ fromUs: microseconds(1), toUs: microseconds(4) });
    first.actions.setSpeed(5);
    first.actions.setTab('Statistics');
    first.actions.setTokenFilter({ search: 'the', pageSize: Infinity });
    first.frames.runAll();
    const savedState = first.saved();
    const second = await loaded(pictureTrace(), { savedState });
    for (const key of ['stepKey', 'position', 'tokenView', 'runView', 'speed', 'tab'] as const) {
      assert.deepEqual(second.store.current[key], first.store.current[key], key);
    }
    assert.deepEqual(second.store.current.tokenFilter, first.store.current.tokenFilter);
    assert.deepEqual(second.saved(), savedState);
  });

  it('saves no data, only where the user is', async () => {
    const page = await loaded(pictureTrace());
    assert.ok(JSON.stringify(page.saved()).length < 1_000);
    assert.notEqual(parseSavedState(page.saved()), null);
  });

  it('tells the host what is selected, but not in every frame of a replay', async () => {
    const page = await loaded(pictureTrace());
    const selections = (): unknown[] =>
      page.host.told.filter(({ method }) => method === 'selected').map(({ params }) => params);
    assert.deepEqual(selections().at(-1), { run: 1, step: 2, token: null });
    page.actions.setPlaying(true);
    page.frames.runAll();
    const before = selections().length;
    for (let position = 0; position < 10; position++) {
      page.actions.moveTo(position);
      page.frames.runAll();
    }
    assert.equal(selections().length, before);
    page.actions.setPlaying(false);
    page.frames.runAll();
    assert.deepEqual(selections().at(-1), { run: 1, step: 2, token: 9 });
  });

  it('moves to tokens by position and by time, never outside', async () => {
    const page = await loaded(pictureTrace());
    const { store, actions } = page;
    const offsets = store.current.tokens?.offsetUs ?? [];
    actions.moveTo(1_000);
    assert.equal(store.current.position, 44);
    actions.moveTo(-5);
    assert.deepEqual([store.current.position, store.current.timeUs], [-1, 0]);
    actions.moveToTime(microseconds((offsets[3] ?? 0) + 1));
    assert.equal(store.current.position, 3);
    actions.moveToTime(microseconds((offsets[0] ?? 0) - 1));
    assert.equal(store.current.position, -1);
  });

  it('goes back to the first page of tokens when the filter changes', async () => {
    const { store, actions } = await loaded(pictureTrace());
    actions.setTokenFilter({ page: 3 });
    assert.equal(store.current.tokenFilter.page, 3);
    actions.setTokenFilter({ search: 'x' });
    assert.equal(store.current.tokenFilter.page, 0);
  });

  it('gives no rates, and no complaint, for a request that was given up', async () => {
    const page = await loaded(pictureTrace());
    const request = new AbortController();
    const span = { fromUs: microseconds(0), toUs: microseconds(10), bins: 1 };
    const run: RunKey = runKey(1);
    const rates = page.actions.rates({ run, calls: [stepKey(2)], ...span }, request.signal);
    request.abort();
    assert.equal(await rates, null);
    assert.equal(page.store.current.announcement, null);
  });
});
