import assert from 'node:assert/strict';
import fc from 'fast-check';
import { longestGaps, stallsOfGaps } from '../../../src/model/gaps.js';
import { mostCurveParts, rateCurve } from '../../../src/model/rateCurve.js';
import { tokenRates } from '../../../src/model/rates.js';
import { findStalls } from '../../../src/model/stalls.js';
import { type TokenColumns, TokenKind, columnsOf } from '../../../src/model/tokens.js';
import { type Microseconds, microseconds } from '../../../src/model/units.js';

const columnsAt = (timesUs: readonly number[]): TokenColumns =>
  columnsOf(
    timesUs.map((timeUs) => ({ offsetUs: microseconds(timeUs), text: 'x', kind: TokenKind.text })),
  );

/** Times that grow by these gaps. */
const afterGaps = (gapsUs: readonly number[]): TokenColumns => {
  let timeUs = 0;
  return columnsAt(gapsUs.map((gapUs) => (timeUs += gapUs)));
};

const anyGaps = fc.array(fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 3_000_000 })), {
  maxLength: 400,
});

describe('the longest gaps of a call', () => {
  it('tell the same stalls as all tokens do, for every rule', () => {
    fc.assert(
      fc.property(anyGaps, fc.nat(3_000_000), (gaps, threshold) => {
        const columns = afterGaps(gaps);
        const expected = findStalls(columns, microseconds(threshold));
        const found = stallsOfGaps(longestGaps(columns), microseconds(threshold), columns);
        assert.deepEqual(found.longest, expected.longest);
        assert.equal(found.count, Math.min(expected.count, 100));
        assert.equal(found.mayBeMore || found.count === expected.count, true);
        // Nobody is told of more where all gaps are known.
        assert.ok(!found.mayBeMore || columns.count > 101);
      }),
    );
  });

  it('count those beyond the hundred that are kept', () => {
    const gaps = longestGaps(afterGaps(Array.from({ length: 300 }, (_, at) => at + 1)));
    assert.deepEqual([gaps.count, gaps.longest.length], [299, 100]);
    assert.deepEqual(gaps.longest[0], { tokenIndex: 199, startUs: 20_100, lengthUs: 201 });
  });
});

describe('the rate curve of a call', () => {
  const ratesOf = (source: Parameters<typeof tokenRates>[0], toUs: Microseconds): Float32Array => {
    const rates = new Float32Array(64);
    tokenRates(source, microseconds(0), toUs, 64, rates, 0, microseconds(0));
    return rates;
  };

  it('counts every token once, in at most 200 parts from the first to the last', () => {
    fc.assert(
      fc.property(anyGaps, (gaps) => {
        const columns = afterGaps(gaps);
        const [first = 0, last = 0] = [columns.offsetUs[0], columns.offsetUs[columns.count - 1]];
        const curve = rateCurve(columns);
        if (last === 0) return assert.equal(curve, null, 'times that are not known');
        assert.ok(curve);
        assert.ok(curve.counts.length >= 1 && curve.counts.length <= mostCurveParts);
        assert.equal(
          curve.counts.reduce((sum, count) => sum + count),
          columns.count,
        );
        assert.equal(curve.startUs, first);
        assert.ok(Math.abs(curve.startUs + curve.stepUs * curve.counts.length - last) < 0.01);
      }),
    );
  });

  it('gives the rate of an even stream as its tokens do, and none outside of it', () => {
    const columns = afterGaps(Array.from({ length: 2_000 }, () => 10_000));
    const toUs = microseconds(25_000_000);
    const [expected, found] = [ratesOf(columns, toUs), ratesOf(rateCurve(columns)!, toUs)];
    found.forEach((rate, bin) => {
      // Less than one token in the 390 ms of a bin.
      assert.ok(Math.abs(rate - expected[bin]!) < 2.6, `bin ${bin}`);
    });
    assert.equal(found.at(-1), -1);
  });

  it('shows where the stream stood still', () => {
    const columns = afterGaps(
      Array.from({ length: 400 }, (_, at) => (at === 200 ? 5_000_000 : 10_000)),
    );
    const found = ratesOf(rateCurve(columns)!, microseconds(9_000_000));
    const stalled = Math.floor((4_500_000 / 9_000_000) * 64);
    assert.ok(found[stalled]! >= 0 && found[stalled]! < 1, `${found[stalled]} in the stall`);
    assert.ok(found[6]! > 90, `${found[6]} before it`);
  });

  it('gives the rate of tokens that came all at once', () => {
    const columns = columnsAt([500_000, 500_000, 500_000]);
    assert.deepEqual(
      [...ratesOf(rateCurve(columns)!, microseconds(1_000_000))],
      [...ratesOf(columns, microseconds(1_000_000))],
    );
  });
});
