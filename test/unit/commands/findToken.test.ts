import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { findText, positionOfIndex } from '../../../src/commands/findToken.js';
import { TokenKind, columnsOf, textBetween } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';

const columns = (texts: readonly string[], indexes?: readonly number[]) =>
  columnsOf(
    texts.map((text, position) => ({
      text,
      offsetUs: microseconds(position * 1_000),
      kind: TokenKind.text,
      index: indexes?.[position] ?? position,
    })),
  );

describe('finding a token by what a person types', () => {
  const tokens = columns(['Hello', ' wor', 'ld', '', '. Hel', 'lo again ', '(x+1) ☃é', '!']);

  it('finds the token in which a text begins, also when it goes on in the next ones', () => {
    assert.equal(findText(tokens, 'world', 0), 1);
    assert.equal(findText(tokens, 'again', 0), 5);
  });

  it('ignores capitals', () => {
    assert.equal(findText(tokens, 'WORLD', 0), 1);
  });

  it('goes on from the given token and then from the start', () => {
    assert.equal(findText(tokens, 'hello', 0), 0);
    assert.equal(findText(tokens, 'hello', 1), 4);
    assert.equal(findText(tokens, 'hello', 5), 0);
    assert.equal(findText(tokens, 'hello', 99), 0);
  });

  it('takes every character literally', () => {
    assert.equal(findText(tokens, '(x+1)', 0), 6);
    assert.equal(findText(tokens, '.*', 0), null);
    for (const character of '\\^$.*+?()[]{}|/-') findText(tokens, character, 0);
  });

  it('counts characters of several bytes as they are read', () => {
    assert.equal(findText(tokens, 'é', 0), 6);
    assert.equal(findText(tokens, '!', 0), 7);
  });

  it('finds a character whose bytes came in two tokens in the first of them', () => {
    const whole = columns(['ab', '☃', 'cd']);
    const torn = { ...whole, count: 4, textEnd: Uint32Array.of(2, 3, 5, 7) };
    assert.equal(findText(torn, '☃', 0), 1);
    assert.equal(findText(torn, 'c', 1), 3);
  });

  it('finds tokens by their index in the stream, which has holes in sampled calls', () => {
    const sampled = columns(['a', 'b', 'c'], [0, 10, 20]);
    assert.equal(positionOfIndex(sampled, 10), 1);
    assert.equal(positionOfIndex(sampled, 11), null);
    assert.equal(positionOfIndex(sampled, 21), null);
    assert.equal(positionOfIndex(columns([]), 0), null);
  });

  it('finds no text across tokens that are not kept', () => {
    const kept = columns(['re', 'fund', ' re', 'fund'], [0, 98, 99, 100]);
    assert.equal(findText(kept, 'refund', 0), 2);
    assert.equal(findText(kept, 'refund', 3), 2, 'from the start again');
    assert.equal(findText(kept, 'fund', 0), 1);
    assert.equal(findText(columns(['re', 'fund'], [0, 98]), 'refund', 0), null);
  });

  it('agrees with a search in the joined text', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 4 }), { maxLength: 12 });
    fc.assert(
      fc.property(texts, fc.string({ minLength: 1, maxLength: 2 }), (pieces, wanted) => {
        const tokens = columns(pieces);
        const position = findText(tokens, wanted, 0);
        const whole = textBetween(tokens, 0, tokens.count);
        const at = whole.toLowerCase().indexOf(wanted.toLowerCase());
        if (position === null) return assert.equal(whole.includes(wanted), false);
        // The text of the token is not empty, and what is found begins in it.
        const before = textBetween(tokens, 0, position).length;
        const after = textBetween(tokens, 0, position + 1).length;
        assert.ok(after > before);
        if (whole.length === whole.toLowerCase().length && at >= 0) {
          assert.ok(before <= at && at < after);
        }
      }),
      { numRuns: 150 },
    );
  });
});
