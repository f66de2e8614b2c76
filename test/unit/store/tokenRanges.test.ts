import assert from 'node:assert/strict';
import fc from 'fast-check';
import { columnsOf } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';
import { tokenRanges } from '../../../src/store/tokenRanges.js';

const calls = fc.array(
  fc.record({
    startUs: fc.nat(50),
    // Few different times, so that many are equal.
    offsets: fc.array(fc.nat(30), { maxLength: 12 }),
  }),
  { maxLength: 5 },
);
const bound = fc.oneof(fc.constant(null), fc.nat(90));

describe('pages of tokens in order of time', () => {
  it('are those of all tokens sorted', () => {
    fc.assert(
      fc.property(calls, bound, bound, fc.nat(40), fc.nat(40), (all, from, to, offset, limit) => {
        const timed = all.map(({ startUs, offsets }) => ({
          startUs,
          columns: columnsOf(
            offsets
              .sort((a, b) => a - b)
              .map((offset) => ({ offsetUs: microseconds(offset), text: 'x', kind: 0 })),
          ),
        }));
        const [fromUs, toUs] = [from ?? -Infinity, to ?? Infinity];
        const sorted = all
          .flatMap(({ startUs, offsets }, call) =>
            offsets.map((time, position) => ({ call, position, time: startUs + time })),
          )
          .filter(({ time }) => time >= fromUs && time <= toUs)
          .sort((a, b) => a.time - b.time || a.call - b.call || a.position - b.position);
        const { total, ranges } = tokenRanges(timed, { fromUs, toUs, offset, limit });
        assert.equal(total, sorted.length);
        const expected = sorted.slice(offset, offset + limit);
        const found = ranges.flatMap((range, call) =>
          Array.from({ length: range.to - range.from }, (_, at) => [call, range.from + at]),
        );
        assert.deepEqual(
          found.sort(),
          expected.map(({ call, position }) => [call, position]).sort(),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
