import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { Sampling } from '../../../src/model/sampling.js';

interface Vector {
  readonly call_id: string;
  readonly rate: number;
  readonly count: number;
  readonly taken: readonly number[];
}

const vectorsPath = new URL('../../../sdk/vectors/sampling.json', import.meta.url);

const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('sampling', () => {
  it('takes the tokens that every SDK takes', async () => {
    const vectors = JSON.parse(await readFile(vectorsPath, 'utf8')) as readonly Vector[];
    assert.ok(vectors.length > 100);
    for (const { call_id, rate, count, taken } of vectors) {
      const sampling = new Sampling(call_id, rate);
      const isLast = (index: number): boolean => index === count - 1;
      const found = indexes(count).filter((index) => sampling.takes(index) || isLast(index));
      assert.deepEqual(found, taken, `${call_id} at ${rate}, ${count} tokens`);
    }
  });

  it('takes its share of any part of a call', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(10_000),
        fc.nat(500),
        (callId, rate, from, length) => {
          const sampling = new Sampling(callId, rate);
          const taken = indexes(length).filter((index) => sampling.takes(1 + from + index)).length;
          assert.ok(
            Math.abs(taken - length * rate) < 1.000_001,
            `${taken} of ${length} at ${rate}`,
          );
        },
      ),
    );
  });
});
