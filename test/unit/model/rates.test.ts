import assert from 'node:assert/strict';
import fc from 'fast-check';
import { tokenRates } from '../../../src/model/rates.js';
import { type TokenColumns, TokenKind, columnsOf } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';
import { anyTokens, ms, tokensAt } from './sampleCalls.js';

function rates(
  columns: TokenColumns,
  fromMs: number,
  toMs: number,
  bins: number,
  startMs = 0,
): number[] {
  const out = new Float32Array(bins);
  tokenRates(columns, ms(fromMs), ms(toMs), bins, out, 0, ms(startMs));
  return [...out];
}

const every = (gapMs: number, count: number, firstMs = 0): number[] =>
  Array.from({ length: count }, (_, i) => firstMs + i * gapMs);

describe('token rates', () => {
  it('is −1 before the first and after the last token', () => {
    const result = rates(tokensAt(...every(20, 51, 1_000)), 0, 3_000, 6);
    assert.deepEqual(
      result.map((rate) => rate === -1),
      // 1 000 … 2 000 ms; the last token is the first moment of the bin 2 000 … 2 500.
      [true, true, false, false, false, true],
    );
  });

  it('is the same all along an even stream, however narrow the bins are', () => {
    const columns = tokensAt(...every(20, 101, 1_000));
    for (const bins of [10, 100, 1_000]) {
      for (const rate of rates(columns, 1_000, 3_000, bins)) {
        assert.ok(Math.abs(rate - 50) < 0.5, `${rate} in ${bins} bins`);
      }
    }
  });

  it('falls in a stall and rises at a burst', () => {
    const columns = tokensAt(...every(20, 51, 1_000), ...every(20, 51, 6_000));
    const result = rates(columns, 1_000, 7_000, 60);
    assert.ok(Math.min(...result.slice(15, 45)) < 1);
    const burst = tokensAt(
      ...every(20, 51, 1_000),
      ...every(0, 30, 2_020),
      ...every(20, 50, 2_040),
    );
    assert.ok(Math.max(...rates(burst, 1_000, 3_020, 50)) > 120);
  });

  it('counts from the call’s start within the run', () => {
    const columns = tokensAt(...every(20, 51, 100));
    assert.deepEqual(rates(columns, 5_000, 7_000, 20, 5_000), rates(columns, 0, 2_000, 20));
  });

  it('counts the tokens that a sample left out', () => {
    const all = every(20, 101, 1_000);
    const sampled = columnsOf(
      all.flatMap((at, index) =>
        index % 10 === 0 ? [{ offsetUs: ms(at), text: 'x', kind: TokenKind.text, index }] : [],
      ),
    );
    for (const rate of rates(sampled, 1_000, 3_000, 100)) assert.ok(Math.abs(rate - 50) < 0.5);
  });

  it('writes only its own part of the output', () => {
    const out = new Float32Array(6).fill(7);
    tokenRates(tokensAt(0.1, 10), ms(0), ms(10), 2, out, 2, ms(0));
    assert.deepEqual([out[0], out[1], out[4], out[5]], [7, 7, 7, 7]);
  });

  it('knows no rate for no tokens, for unknown times and for an empty span', () => {
    assert.deepEqual(rates(tokensAt(), 0, 100, 2), [-1, -1]);
    assert.deepEqual(rates(tokensAt(0, 0, 0), 0, 100, 2), [-1, -1]);
    assert.deepEqual(rates(tokensAt(10, 20), 50, 50, 1), [-1]);
  });

  it('shows a call whose tokens all came at once in one bin', () => {
    assert.deepEqual(
      rates(tokensAt(105, 105, 105), 0, 1_000, 10),
      [-1, 12, -1, -1, -1, -1, -1, -1, -1, -1],
    );
  });

  it('is finite, never negative inside, and adds up to about the number of tokens, for any stream', () => {
    fc.assert(
      fc.property(anyTokens, fc.integer({ min: 1, max: 300 }), (tokens, bins) => {
        const columns = columnsOf(tokens);
        const last = columns.offsetUs.at(-1) ?? 0;
        const first = columns.offsetUs[0] ?? 0;
        const out = new Float32Array(bins);
        tokenRates(columns, microseconds(first), microseconds(last), bins, out, 0, microseconds(0));
        for (const rate of out) assert.ok(Number.isFinite(rate) && (rate === -1 || rate >= 0));
        if (last === first) return;
        assert.ok(out.every((rate) => rate >= 0));
        if (bins !== 1) return;
        assert.ok(Math.abs((out[0]! * (last - first)) / 1e6 - (columns.count - 1)) < 0.01);
      }),
    );
  });

  it('costs by the bins and not by the tokens', () => {
    const count = 1_000_000;
    const columns = {
      ...tokensAt(),
      count,
      index: Uint32Array.from({ length: count }, (_, i) => i),
      offsetUs: Float64Array.from({ length: count }, (_, i) => 1_000 + i * 10_000),
    };
    const start = performance.now();
    for (let i = 0; i < 20; i++) rates(columns, 0, count * 10, 1_000);
    // Twenty rows of a thousand pixels: measured 10 ms; going over the tokens would take seconds.
    assert.ok(performance.now() - start < 500);
  });
});
