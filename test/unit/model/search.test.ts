import assert from 'node:assert/strict';
import fc from 'fast-check';
import { firstAbove, firstAtLeast, nearest } from '../../../src/model/search.js';

const ascending = fc
  .array(fc.integer({ min: -20, max: 20 }), { maxLength: 40 })
  .map((values) => Float64Array.from(values).sort());
const value = fc.integer({ min: -25, max: 25 });

describe('binary search', () => {
  it('finds the first value that is at least, or above, what is asked for', () => {
    fc.assert(
      fc.property(ascending, value, (values, wanted) => {
        const list = [...values];
        const orEnd = (position: number): number => (position < 0 ? list.length : position);
        assert.equal(firstAtLeast(values, wanted), orEnd(list.findIndex((one) => one >= wanted)));
        assert.equal(firstAbove(values, wanted), orEnd(list.findIndex((one) => one > wanted)));
      }),
    );
  });

  it('looks only at the given part', () => {
    const values = [1, 2, 3, 4, 5];
    assert.equal(firstAtLeast(values, 1, 2), 2);
    assert.equal(firstAbove(values, 9, 1, 3), 3);
  });

  it('finds the nearest value, the first of equals', () => {
    fc.assert(
      fc.property(ascending, value, (values, wanted) => {
        const distances = [...values].map((one) => Math.abs(one - wanted));
        const smallest = Math.min(...distances);
        assert.equal(nearest(values, wanted), distances.indexOf(smallest));
      }),
    );
    assert.equal(nearest([], 1), -1);
  });
});
