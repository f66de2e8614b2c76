/** Lines are such as the capture takes, whatever is in them. */
import assert from 'node:assert/strict';
import { lineOfEvent, linesOfBatch } from '../../src/sending/lines.js';
import type { WireToken } from '../../src/wire.js';
import { runStart, stepEvent } from './harness/recording.js';

const longestLineBytes = 4 * 1024 * 1024;

interface Line {
  readonly first_index: number;
  readonly tokens: readonly WireToken[];
}

function linesOf(tokens: readonly WireToken[], firstIndex = 0): Line[] {
  const batch = { callId: 'call', firstIndex, bytes: 0, count: tokens.length };
  return [...linesOfBatch({ ...batch, toWireTokens: () => tokens })].map((line) => {
    assert.ok(Buffer.byteLength(line) <= longestLineBytes);
    assert.ok(line.endsWith('\n') && !line.slice(0, -1).includes('\n'));
    return JSON.parse(line) as Line;
  });
}

const token = (text: string, more: Partial<WireToken> = {}): WireToken => ({
  ...{ token: text, offset_us: 1 },
  ...more,
});

describe('lines', () => {
  it('hold a batch', () => {
    const tokens = [token('a'), token('\n', { kind: 'reasoning' }), token('b', { index: 9 })];
    assert.deepEqual(linesOf(tokens, 3), [
      { type: 'llm_tokens', llm_call_id: 'call', first_index: 3, tokens },
    ]);
  });

  it('are several where the texts are long, and say where each begins', () => {
    const long = 'x'.repeat(300_000);
    const lines = linesOf([token(long), token(long, { index: 7 }), token('y'), token(long)]);
    assert.deepEqual(
      lines.map(({ first_index, tokens }) => [first_index, tokens.length]),
      [
        [0, 1],
        [1, 2],
        [9, 1],
      ],
    );
    assert.equal(lines[1]?.tokens[0]?.index, 7);
  });

  it('cut a token that is too long for one', () => {
    const text = '\u0001'.repeat(1_000_000);
    const [line] = linesOf([token(text)]);
    assert.deepEqual(line?.tokens, [
      token(text.slice(0, 100_000), { metadata: { cut_characters: 900_000 } }),
    ]);
  });

  it('keep half characters', () => {
    const [line] = linesOf([token('\ud83d'), token('\ude00')]);
    assert.deepEqual(line?.tokens, [token('\ud83d'), token('\ude00')]);
  });

  it('keep the beginning of values that are too long', () => {
    const data = { input: 'short', output: 'x'.repeat(5_000_000), list: ['€'.repeat(2_000_000)] };
    const line = lineOfEvent({ ...stepEvent('step'), data });
    assert.ok(Buffer.byteLength(line) <= longestLineBytes);
    const step = JSON.parse(line) as { step_id: string; data: Record<string, string> };
    assert.equal(step.step_id, 'step');
    assert.equal(step.data['input'], 'short');
    assert.match(step.data['output'] ?? '', /^x{100000}… \[4900000 characters are left out\]$/);
    assert.match(step.data['list'] ?? '', /^\["€+… \[\d+ characters are left out\]$/);
  });

  it('throw what is no JSON', () => {
    assert.throws(() => lineOfEvent({ ...runStart('run'), metadata: 1n }), TypeError);
  });
});
