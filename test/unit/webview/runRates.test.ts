import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type RateGrid, type RunDetail, runKey, stepKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import type { PageActions } from '../../../webview/state/actions.js';
import {
  RunRates,
  type WantedRates,
  averageRate,
  rateShare,
  ratesOfCall,
  strongestRate,
} from '../../../webview/timeline/runRates.js';
import { timeScale, timeTicks } from '../../../webview/timeline/axis.js';
import { pictureTrace } from '../../page/syntheticTrace.js';

type Params = Parameters<PageActions['rates']>[0];

interface Question {
  readonly params: Params;
  readonly signal: AbortSignal;
  readonly answer: (grid: RateGrid | null) => void;
}

const source = pictureTrace();
const run = source.run({ run: runKey(1) });
const calls = run.steps.filter(({ key }) => key === 2 || key === 6);
const changed = calls.map((step) => ({ ...step }));

const wanted = (fromUs: number, toUs: number, pixels = 500): WantedRates => ({
  run,
  calls,
  view: { fromUs: microseconds(fromUs), toUs: microseconds(toUs) },
  pixels,
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('rates of the run timeline', () => {
  let questions: Question[];
  let loaded: number;
  let rates: RunRates;
  beforeEach(() => {
    questions = [];
    loaded = 0;
    rates = new RunRates(
      (params, signal) =>
        new Promise((answer) => {
          questions.push({ params, signal, answer });
        }),
      () => loaded++,
    );
  });
  const answer = async (at: number, grid?: RateGrid | null): Promise<void> => {
    const question = questions[at]!;
    question.answer(grid === undefined ? source.rates(question.params) : grid);
    await Promise.resolve();
    await Promise.resolve();
  };

  it('are asked for one screen more at either side, at the resolution of the screen', () => {
    rates.want(wanted(4_000_000, 5_000_000));
    const { fromUs, toUs, bins } = questions[0]!.params;
    assert.deepEqual([fromUs, toUs, bins], [3_000_000, 6_000_000, 1_500]);
  });

  it('are not asked for again while what is wanted is here or on its way', async () => {
    rates.want(wanted(4_000_000, 5_000_000));
    rates.want(wanted(4_000_000, 5_000_000));
    await answer(0);
    rates.want(wanted(3_100_000, 4_100_000));
    rates.want(wanted(4_900_000, 5_900_000));
    assert.equal(questions.length, 1);
    assert.equal(loaded, 1);
  });

  it('are asked for anew beyond that span, closer up, for other calls and for other data', async () => {
    rates.want(wanted(4_000_000, 5_000_000));
    await answer(0);
    rates.want(wanted(5_500_000, 6_500_000));
    await answer(1);
    rates.want(wanted(5_500_000, 5_800_000));
    await answer(2);
    const third = run.steps.find(({ key }) => key === 7)!;
    rates.want({ ...wanted(5_500_000, 5_800_000), calls: [...calls, third] });
    await answer(3);
    assert.deepEqual(questions[3]!.params.calls, [7]);
    rates.want({
      ...wanted(5_500_000, 5_800_000),
      run: { ...run, run: { ...run.run, key: runKey(2) } },
    });
    assert.equal(questions.length, 5);
  });

  it('of calls that change are asked for anew, but not with every change', async () => {
    rates.want(wanted(0, 9_000_000));
    await answer(0);
    rates.want({ ...wanted(0, 9_000_000), calls: [calls[0]!, changed[1]!] });
    assert.equal(questions.length, 1);
    await until(() => loaded === 2);
    rates.want({ ...wanted(0, 9_000_000), calls: [calls[0]!, changed[1]!] });
    assert.deepEqual(questions[1]?.params.calls, [6]);
  });

  it('are not asked for again and again when they cannot be had', async () => {
    rates.want(wanted(0, 9_000_000));
    await answer(0, null);
    rates.want(wanted(0, 9_000_000));
    assert.equal(questions.length, 1);
  });

  it('are asked for one at a time, and then as wanted by then', async () => {
    rates.want(wanted(0, 1_000_000));
    rates.want(wanted(3_000_000, 4_000_000));
    rates.want(wanted(5_000_000, 6_000_000));
    assert.equal(questions.length, 1);
    await answer(0);
    rates.want(wanted(5_000_000, 6_000_000));
    await answer(1);
    assert.equal(rates.of(run)?.calls.get(stepKey(6))?.fromUs, 4_000_000);
  });

  it('of another run than before are asked for at once', async () => {
    const other = { ...run, run: { ...run.run, key: runKey(2) } };
    rates.want(wanted(0, 1_000_000));
    rates.want({ ...wanted(0, 1_000_000), run: other });
    assert.equal(questions[0]!.signal.aborted, true);
    await answer(0);
    assert.equal(rates.of(run), null);
  });

  it('come although the run changes faster than they are answered', async () => {
    rates.want(wanted(0, 1_000_000));
    rates.want({ ...wanted(0, 1_000_000), calls: changed });
    assert.equal(questions[0]!.signal.aborted, false);
    await answer(0);
    assert.ok(ratesOfCall(rates.of(run), stepKey(2)));
  });

  it('are asked for again after they could not be had', async () => {
    rates.want(wanted(0, 1_000_000));
    await answer(0, null);
    rates.want(wanted(5_000_000, 6_000_000));
    assert.equal(questions.length, 2);
  });

  it('stay when newer ones could not be had', async () => {
    rates.want(wanted(0, 1_000_000));
    await answer(0);
    rates.want(wanted(5_000_000, 6_000_000));
    await answer(1, null);
    assert.equal(rates.of(run)?.calls.get(stepKey(6))?.fromUs, 0);
  });

  it('of older data than what is shown are dropped', async () => {
    const newer: RunDetail = { ...run, generation: 2 };
    rates.want({ ...wanted(0, 1_000_000), run: newer });
    await answer(0);
    assert.equal(rates.of(newer), null);
  });

  it('ask for nothing when there is nothing to draw', () => {
    rates.want({ ...wanted(0, 1_000_000), calls: [] });
    rates.want(wanted(0, 1_000_000, 0));
    assert.equal(questions.length, 0);
  });

  it('never ask for more than the store answers', () => {
    rates.want(wanted(0, 9_900_000, 100_000));
    assert.equal(questions[0]?.params.bins, 8_192);
  });

  it('are found by call and time', async () => {
    rates.want(wanted(0, 9_900_000));
    await answer(0);
    const rateAt = ratesOfCall(rates.of(run), stepKey(6));
    assert.ok((rateAt?.(4_000_000) ?? 0) > 10);
    assert.equal(rateAt?.(1_000_000), -1);
    assert.equal(rateAt?.(99_000_000), null);
    assert.equal(ratesOfCall(rates.of(run), stepKey(7)), null);
    assert.equal(ratesOfCall(null, stepKey(6)), null);
  });

  it('get stronger colours the higher they are', () => {
    assert.equal(strongestRate(run), 80);
    assert.equal(rateShare(-1, 80), 0);
    assert.equal(rateShare(500, 80), 1);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 200, noNaN: true }), (rate) => {
        assert.ok(rateShare(rate, 80) <= rateShare(rate + 1, 80));
      }),
    );
  });

  it('on average count chunks, as the bars do, and need times', () => {
    const { call } = run.steps[6]!;
    const { ttftUs, lastTokenUs } = call!.metrics;
    assert.equal(averageRate(call!), (211 * 1_000_000) / (lastTokenUs! - ttftUs!));
    assert.equal(averageRate({ ...call!, completionTokens: 9_999 }), averageRate(call!));
    assert.equal(averageRate(run.steps[7]!.call!), null);
  });

  it('have a strongest one that is no less than the fastest call', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e5, noNaN: true }), (fastest) => {
        const step = run.steps.find(({ call }) => call)!;
        const ttftUs = microseconds(1_000);
        const lastTokenUs = microseconds(1_000 + 1_000_000_000 / fastest);
        const call = {
          ...step.call!,
          receivedTokens: 1_001,
          metrics: { ...step.call!.metrics, ttftUs, lastTokenUs },
        };
        const strongest = strongestRate({ ...run, steps: [{ ...step, call }] });
        assert.ok(strongest >= fastest && strongest <= fastest * 2.4, `${fastest} → ${strongest}`);
      }),
    );
  });
});

describe('time axis', () => {
  const labels = (fromUs: number, toUs: number, width: number): string[] =>
    timeTicks(timeScale({ fromUs: microseconds(fromUs), toUs: microseconds(toUs) }, width)).map(
      ({ label }) => label,
    );

  it('has round times in the unit of their distance', () => {
    assert.deepEqual(labels(0, 4_000_000, 400), ['0 s', '1 s', '2 s', '3 s', '4 s']);
    assert.deepEqual(labels(1_000, 3_000, 400), ['1.0 ms', '1.5 ms', '2.0 ms', '2.5 ms', '3.0 ms']);
    assert.deepEqual(labels(0, 40, 400), ['0 µs', '10 µs', '20 µs', '30 µs', '40 µs']);
    assert.deepEqual(labels(0, 600e6, 400), [
      '0 min',
      '2 min',
      '4 min',
      '6 min',
      '8 min',
      '10 min',
    ]);
    assert.deepEqual(labels(0, 10 * 3_600e6, 400), ['0 h', '2 h', '4 h', '6 h', '8 h', '10 h']);
  });

  it('has distinct labels in order, inside the plot and not too many, for every span', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e10 }),
        fc.integer({ min: 1_000, max: 1e11 }),
        fc.integer({ min: 100, max: 2_560 }),
        (fromUs, length, width) => {
          const scale = timeScale(
            { fromUs: microseconds(fromUs), toUs: microseconds(fromUs + length) },
            width,
          );
          const ticks = timeTicks(scale);
          assert.ok(ticks.length <= width / 30 + 3, `${ticks.length} ticks`);
          assert.equal(new Set(ticks.map(({ label }) => label)).size, ticks.length);
          for (const { x } of ticks) assert.ok(x >= 7.9 && x <= width - 15.9);
        },
      ),
    );
  });
});
