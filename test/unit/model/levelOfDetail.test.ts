import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  binMarks,
  countKinds,
  indexMarks,
  kindCount,
  wideGaps,
} from '../../../src/model/levelOfDetail.js';

const marks = fc
  .array(
    fc.record({ gap: fc.integer({ min: 0, max: 30 }), kind: fc.integer({ min: 0, max: 9 }) }),
    { maxLength: 500 },
  )
  .map((list) => {
    let place = 0;
    const places = Float64Array.from(list, ({ gap }) => (place += gap));
    return indexMarks(
      places,
      Uint8Array.from(list, ({ kind }) => kind),
    );
  });
const known = (kind: number): number => Math.min(kind, kindCount - 1);

describe('level of detail', () => {
  it('counts the kinds of any range like counting one by one', () => {
    fc.assert(
      fc.property(marks, fc.nat(600), fc.nat(600), (index, a, b) => {
        const length = index.kind.length;
        const [from, to] = [Math.min(a, b, length), Math.min(Math.max(a, b), length)];
        const expected = new Uint32Array(kindCount);
        for (const kind of index.kind.subarray(from, to)) expected[known(kind)]!++;
        const counted = new Uint32Array(kindCount);
        countKinds(index, from, to, counted, 0);
        assert.deepEqual(counted, expected);
      }),
    );
  });

  it('puts every token of the span into the bin of its place, once', () => {
    fc.assert(
      fc.property(
        marks,
        fc.integer({ min: -50, max: 2_000 }),
        fc.integer({ min: 1, max: 3_000 }),
        fc.integer({ min: 1, max: 64 }),
        (index, from, length, bins) => {
          const to = from + length;
          const { edges, counts } = binMarks(index, from, to, bins);
          const expected = new Uint32Array(bins * kindCount);
          index.places.forEach((place, position) => {
            if (place < from || place > to) return;
            let bin = 0;
            while (bin < bins - 1 && place >= from + (bin + 1) * (length / bins)) bin++;
            expected[bin * kindCount + known(index.kind[position]!)]!++;
          });
          assert.deepEqual(counts, expected);
          const inView = [...index.places].filter((place) => place >= from && place <= to).length;
          assert.equal(edges[bins]! - edges[0]!, inView);
        },
      ),
    );
  });

  it('finds each gap that leaves enough bins empty, also across the edges of the span', () => {
    const places = Float64Array.from([10, 11, 60, 61, 200]);
    const index = indexMarks(places, new Uint8Array(5));
    const all = wideGaps(index, binMarks(index, 0, 200, 200), 20);
    assert.deepEqual(all, [
      { after: 1, from: 11, to: 60 },
      { after: 3, from: 61, to: 200 },
    ]);
    const within = wideGaps(index, binMarks(index, 100, 150, 50), 20);
    assert.deepEqual(within, [{ after: 3, from: 61, to: 200 }]);
    assert.deepEqual(wideGaps(index, binMarks(index, 0, 9, 9), 1), []);
  });

  it('costs little however many tokens there are', () => {
    const count = 1_000_000;
    const places = Float64Array.from({ length: count }, (_, position) => position * 7);
    const index = indexMarks(places, new Uint8Array(count));
    const start = performance.now();
    for (let turn = 0; turn < 20; turn++) binMarks(index, turn * 1_000, count * 7, 1_000);
    const perDrawing = (performance.now() - start) / 20;
    assert.ok(perDrawing < 16, `${perDrawing.toFixed(1)} ms for 1000 bins of 1 000 000 tokens`);
  });
});
