import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { initialPageModel, replaySpeeds } from '../../../webview/state/pageModel.js';
import { parseSavedState, savedStateOf } from '../../../webview/state/savedState.js';
import { firstStepToShow, positionAtTime, selectedStep } from '../../../webview/state/selection.js';
import { shownTab, tabsOf } from '../../../webview/state/tabs.js';
import { pictureTrace, stream } from '../../page/syntheticTrace.js';

const run = pictureTrace().run({ run: runKey(1) });
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('saved state', () => {
  const model = {
    ...initialPageModel,
    run,
    stepKey: run.steps[5]!.key,
    position: 61,
    runView: { fromUs: microseconds(1), toUs: microseconds(2) },
    tokenFilter: { search: 'the', fromMs: 1.5, toMs: null, pageSize: Infinity, page: 2 },
  };

  it('is the same after it was written as JSON and read', () => {
    const state = savedStateOf(model);
    assert.deepEqual(parseSavedState(asJson(state)), state);
    assert.deepEqual([state.runId, state.stepId], ['run-1', 'step-6']);
  });

  it('of another version, or that is none, is forgotten', () => {
    const state = asJson(savedStateOf(model)) as Record<string, unknown>;
    for (const value of [undefined, null, 'x', 5, [], {}, { ...state, version: 2 }]) {
      assert.equal(parseSavedState(value), null);
    }
  });

  it('is valid whatever was saved', () => {
    const anything = fc.anything({ withNullPrototype: true });
    const damaged = fc.record({
      version: fc.constant(1),
      runId: anything,
      stepId: anything,
      position: anything,
      viewport: fc.oneof(anything, fc.record({ runView: anything, tokenView: anything })),
      choices: fc.oneof(
        anything,
        fc.record({ speed: anything, tab: anything, runHeight: anything, tokenFilter: anything }),
      ),
    });
    fc.assert(
      fc.property(damaged, (value) => {
        const state = parseSavedState(value);
        assert.ok(state);
        const { viewport, choices } = state;
        assert.ok(Number.isInteger(state.position) && state.position >= -1);
        assert.ok(replaySpeeds.includes(choices.speed));
        assert.ok(choices.tokenFilter.page >= 0 && choices.tokenFilter.pageSize >= 1);
        for (const view of [viewport.runView, viewport.tokenView]) {
          assert.ok(view === null || (view.fromUs >= 0 && view.fromUs < view.toUs));
        }
        assert.equal(typeof choices.tab, 'string');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('tabs', () => {
  const call = { run, stepKey: run.steps[1]!.key, detail: null, narrow: false };
  const tool = {
    run,
    stepKey: run.steps[2]!.key,
    detail: pictureTrace().step({ step: run.steps[2]!.key }),
    narrow: true,
  };

  it('of a call are there before its texts', () => {
    assert.deepEqual(tabsOf(call), ['Tokens', 'Statistics', 'Request', 'Response', 'Raw']);
  });

  it('hold the replay where there is no room beside them', () => {
    assert.equal(tabsOf({ ...call, narrow: true })[0], 'Replay');
  });

  it('of another step are its texts', () => {
    assert.deepEqual(tabsOf(tool), ['Input', 'Output', 'Raw']);
    assert.deepEqual(tabsOf({ ...tool, detail: null }), []);
  });

  it('show the chosen one if the step has it, else the first', () => {
    assert.equal(shownTab({ ...call, tab: 'Raw' }), 'Raw');
    assert.equal(shownTab({ ...call, tab: 'Input' }), 'Tokens');
    assert.equal(shownTab({ ...tool, tab: 'Tokens' }), 'Input');
    assert.equal(shownTab({ ...tool, detail: null, tab: 'Tokens' }), null);
  });
});

describe('what is selected', () => {
  it('is first a call with tokens, else a call, else whatever there is', () => {
    assert.equal(firstStepToShow(run.steps), 2);
    const withoutTokens = run.steps.filter((step) => (step.call?.storedTokens ?? 0) === 0);
    assert.equal(firstStepToShow(withoutTokens), 8);
    assert.equal(firstStepToShow(run.steps.filter((step) => !step.call)), 1);
    assert.equal(firstStepToShow([]), null);
  });

  it('is nothing without a run, or when the run does not have it', () => {
    assert.equal(selectedStep({ run: null, stepKey: run.steps[0]!.key }), null);
    assert.equal(selectedStep({ run, stepKey: null }), null);
    assert.equal(selectedStep({ run, stepKey: run.steps[3]!.key })?.name, 'hand-off to Billing');
  });

  it('by time is the last token that had come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 2_000 }),
        (gaps, ms) => {
          const columns = stream(gaps.length, 10, (position) => gaps[position] ?? 0);
          const timeUs = microseconds(ms * 1_000);
          const expected = [...columns.offsetUs].filter((offset) => offset <= timeUs).length - 1;
          assert.equal(positionAtTime(columns, timeUs), expected);
        },
      ),
    );
  });
});
