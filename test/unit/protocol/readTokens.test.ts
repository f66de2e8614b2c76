import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type TokenColumns,
  columnsOf,
  joinColumns,
  sliceColumns,
} from '../../../src/model/tokens.js';
import { readTokens, tokensInSlice } from '../../../src/protocol/readTokens.js';
import type { TokenSlice } from '../../../src/protocol/storeMessages.js';
import { manyTokens } from '../../../demo/large.js';
import { Random } from '../../../demo/random.js';
import { anyTokens } from '../model/sampleCalls.js';

describe('reading tokens in slices', () => {
  const columns = columnsOf(manyTokens(new Random(1), 2 * tokensInSlice + 5));
  const asked: number[] = [];
  const answer =
    (generation: () => number, of: TokenColumns = columns) =>
    ({ from, count }: { from: number; count: number }): Promise<TokenSlice> => {
      asked.push(count);
      const to = Math.min(of.count, from + count);
      const now = generation();
      return Promise.resolve({
        ...sliceColumns(of, from, to),
        ...{ total: of.count, from, revision: now, generation: now },
      });
    };
  beforeEach(() => void asked.splice(0));

  it('gives the same columns, in buffers of their own', async () => {
    assert.deepEqual(await readTokens(answer(() => 1)), columns);
    assert.deepEqual(asked, [tokensInSlice, tokensInSlice, tokensInSlice]);
  });

  it('asks once for a short call, and for one without tokens', async () => {
    assert.equal((await readTokens(answer(() => 1, columnsOf([])))).count, 0);
    assert.equal(asked.length, 1);
  });

  it('begins again when the file was read anew in between', async () => {
    const generations = [1, 2, 2, 2, 2];
    assert.deepEqual(await readTokens(answer(() => generations.shift() ?? 0)), columns);
    assert.equal(asked.length, 5);
  });

  it('asks for all at once when the file changes all the time', async () => {
    let generation = 0;
    const read = await readTokens(answer(() => generation++));
    assert.equal(read.count, columns.count);
    assert.equal(asked.at(-1), Number.MAX_SAFE_INTEGER);
  });

  it('joins any slices to what was cut', () => {
    fc.assert(
      fc.property(anyTokens, fc.array(fc.nat(60), { maxLength: 5 }), (tokens, cuts) => {
        const all = columnsOf(tokens);
        const edges = [0, ...cuts.map((cut) => Math.min(cut, all.count)), all.count].sort(
          (a, b) => a - b,
        );
        const slices = edges.slice(1).map((to, at) => sliceColumns(all, edges[at] ?? 0, to));
        assert.deepEqual(joinColumns(slices), all);
      }),
    );
  });
});
