import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Token, columnsOf, sliceColumns } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';
import { FollowedTokens, continues } from '../../../src/protocol/followedTokens.js';
import type { TokenSlice } from '../../../src/protocol/storeMessages.js';

const tokens = (words: readonly string[]): Token[] =>
  words.map((text, at) => ({ offsetUs: microseconds(at * 1_000), text, kind: 0 }));

/** Tokens that change as a test says, answered as the store answers. */
class Call {
  revision = 1;
  words: string[] = [];
  asked: number[] = [];
  /** Where they were changed, by revision. */
  private readonly rewritten: { revision: number; position: number }[] = [];

  rewrite(position: number, words: readonly string[]): void {
    this.words = [...this.words.slice(0, position), ...words];
    this.rewritten.push({ revision: ++this.revision, position });
  }

  readonly ask = (range: {
    from: number;
    count: number;
    revision?: number;
  }): Promise<TokenSlice> => {
    this.asked.push(range.from);
    const columns = columnsOf(tokens(this.words));
    const changed = this.rewritten
      .filter(({ revision }) => revision > (range.revision ?? Infinity))
      .map(({ position }) => position);
    const from = Math.min(range.from, columns.count, ...changed);
    const slice = sliceColumns(columns, from, Math.min(columns.count, from + range.count));
    const about = { generation: 1, total: columns.count, from, revision: this.revision };
    return Promise.resolve({ ...slice, ...about });
  };
}

const textOf = ({ text }: { text: Uint8Array }): string => new TextDecoder().decode(text);

describe('tokens of a call that grows', () => {
  it('are asked for from where they end, and continue those of before', async () => {
    const call = new Call();
    const followed = new FollowedTokens();
    call.words = ['a', 'b'];
    const first = await followed.read(call.ask);
    call.words.push('c');
    const second = await followed.read(call.ask);
    assert.deepEqual(call.asked, [0, 2]);
    assert.deepEqual([textOf(first), textOf(second)], ['ab', 'abc']);
    assert.ok(continues(first, second));
    assert.ok(!continues(second, first));
  });

  it('are another beginning when some of before have changed', async () => {
    const call = new Call();
    const followed = new FollowedTokens();
    call.words = ['a', 'b', 'c'];
    const first = await followed.read(call.ask);
    call.rewrite(1, ['x', 'y', 'z']);
    const second = await followed.read(call.ask);
    assert.equal(textOf(second), 'axyz');
    assert.equal(textOf(first), 'abc');
    assert.ok(!continues(first, second));
  });

  it('are whole although a reading failed', async () => {
    const call = new Call();
    const followed = new FollowedTokens();
    call.words = ['a'];
    await followed.read(call.ask);
    await assert.rejects(followed.read(() => Promise.reject(new Error('lost'))));
    assert.equal(await followed.newest, null);
    call.words.push('b');
    assert.equal(textOf(await followed.read(call.ask)), 'ab');
  });

  it('are those of the call, however it grows and changes', async () => {
    const change = fc.record({
      keep: fc.option(fc.nat(20)),
      words: fc.array(fc.string({ maxLength: 3 }), { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        const call = new Call();
        const followed = new FollowedTokens();
        for (const { keep, words } of changes) {
          if (keep === null) call.words = [...call.words, ...words];
          else call.rewrite(Math.min(keep, call.words.length), words);
          const { origin, generation, ...columns } = await followed.read(call.ask);
          assert.ok(origin && generation === 1);
          assert.deepEqual(columns, columnsOf(tokens(call.words)));
        }
      }),
    );
  });
});
