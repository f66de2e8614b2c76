import assert from 'node:assert/strict';
import { type TokenColumns, TokenKind, columnsOf, textOfKinds } from '../../../src/model/tokens.js';
import { ms } from './sampleCalls.js';

const token = (text: string, kind: TokenKind = TokenKind.text) => ({ offsetUs: ms(1), text, kind });

describe('text of some kinds of tokens', () => {
  it('joins the tokens of these kinds only', () => {
    const columns = columnsOf([
      token('Hm.', TokenKind.reasoning),
      token('Yes'),
      token('{}', TokenKind.toolArguments),
      token(', '),
      token('no', TokenKind.refusal),
    ]);
    const kinds = new Set<number>([TokenKind.text, TokenKind.refusal]);
    assert.equal(textOfKinds(columns, kinds), 'Yes, no');
    assert.equal(textOfKinds(columns, new Set()), '');
  });

  it('keeps a character whole that is spread over tokens', () => {
    const whole = columnsOf([token('a'), token('é!')]);
    // The first byte of "é" belongs to the token before it.
    const split: TokenColumns = { ...whole, textEnd: Uint32Array.of(2, 4) };
    assert.equal(textOfKinds(split, new Set<number>([TokenKind.text])), 'aé!');
  });
});
