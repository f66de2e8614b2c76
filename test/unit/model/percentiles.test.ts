import assert from 'node:assert/strict';
import fc from 'fast-check';
import { percentile, percentiles } from '../../../src/model/percentiles.js';

const sorted = (...values: number[]): Float64Array => Float64Array.from(values).sort();

describe('percentile', () => {
  it('interpolates linearly between the closest ranks, as numpy does', () => {
    // numpy.percentile([15, 20, 35, 40, 50], [5, 30, 40, 50, 95])
    const values = sorted(15, 20, 35, 40, 50);
    const of = [0.05, 0.3, 0.4, 0.5, 0.95].map((share) => percentile(values, share));
    of.forEach((value, i) => assert.ok(Math.abs((value ?? NaN) - [16, 23, 29, 35, 48][i]!) < 1e-9));
  });

  it('is the only value for one value, and nothing for none', () => {
    assert.equal(percentile(sorted(7), 0.99), 7);
    assert.equal(percentile(sorted(), 0.5), null);
    assert.equal(percentiles(sorted()), null);
  });

  it('lies between its neighbours, grows with the share, and ends at minimum and maximum', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: 0, max: 1e9 }), { minLength: 1 }),
        fc.double({ noNaN: true, min: 0, max: 1 }),
        fc.double({ noNaN: true, min: 0, max: 1 }),
        (values, a, b) => {
          const ascending = sorted(...values);
          const low = percentile(ascending, Math.min(a, b))!;
          const high = percentile(ascending, Math.max(a, b))!;
          assert.ok(low <= high + 1e-6);
          assert.equal(percentile(ascending, 0), ascending[0]);
          assert.equal(percentile(ascending, 1), ascending.at(-1));
        },
      ),
    );
  });

  it('gives p50, p90, p95, p99 and the maximum', () => {
    const hundred = sorted(...Array.from({ length: 101 }, (_, i) => i));
    assert.deepEqual(percentiles(hundred), { p50: 50, p90: 90, p95: 95, p99: 99, max: 100 });
  });
});
