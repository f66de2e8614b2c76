import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BoundedLines } from '../../../src/editor/boundedLines.js';

function linesOf(pieces: readonly string[], longest: number): string[] {
  const lines: string[] = [];
  const bounded = new BoundedLines(longest, (line) => lines.push(line));
  for (const piece of pieces) bounded.push(piece);
  bounded.end();
  return lines;
}

describe('lines of another process', () => {
  it('are whole, however they come in pieces', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\n') });
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const expected = pieces.join('').split('\n').filter(Boolean);
        assert.deepEqual(linesOf(pieces, 1_000_000), expected);
      }),
    );
  });

  it('are left out when they are too long, and those behind them come', () => {
    assert.deepEqual(linesOf(['12345\n', '123', '456\n12', '34\n', '1234567'], 5), [
      '12345',
      '1234',
    ]);
  });
});
