import assert from 'node:assert/strict';
import fc from 'fast-check';
import { replayTrack } from '../../../src/model/replay.js';
import { type TokenColumns, TokenKind, columnsOf, textBetween } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';
import {
  blockOf,
  estimatedLines,
  segments,
  shownText,
  shownTokenCharacters,
  textBlocks,
} from '../../../webview/replay/blocks.js';
import { fraction, progressText, valueText } from '../../../webview/replay/progress.js';
import { textChunks } from '../../../webview/statistics/longText.js';

type Piece = readonly [text: string, kind?: number];
const streamOf = (pieces: readonly Piece[]): TokenColumns =>
  columnsOf(
    pieces.map(([text, kind], position) => ({
      offsetUs: microseconds((position + 1) * 10_000),
      text,
      kind: (kind ?? TokenKind.text) as TokenKind,
    })),
  );

describe('blocks of replayed text', () => {
  const pieces = fc.array(
    fc.tuple(
      fc.constantFrom(' word', 'x', '\n', 'long '.repeat(400), '漢'.repeat(900), ''),
      fc.integer({ min: 0, max: 6 }),
    ),
    { maxLength: 80 },
  );

  it('cover every token once and in order', () => {
    fc.assert(
      fc.property(pieces, (list) => {
        const columns = streamOf(list);
        const blocks = textBlocks(columns);
        const text = blocks.map(({ from, to }) => textBetween(columns, from, to)).join('');
        assert.equal(text, list.map(([one]) => one).join(''));
        for (let position = 0; position < columns.count; position++) {
          const block = blocks[blockOf(blocks, position)]!;
          assert.ok(position >= block.from && position < block.to);
        }
        assert.equal(blockOf(blocks, -1), -1);
        assert.equal(blockOf(blocks, columns.count), blocks.length);
      }),
    );
  });

  it('are cut at line breaks, and a long line between words', () => {
    const line: Piece[] = [...Array.from({ length: 200 }, (): Piece => [' words']), ['.\n']];
    const columns = streamOf([...line, ...line]);
    const blocks = textBlocks(columns);
    assert.deepEqual(blocks, [
      { from: 0, to: 201 },
      { from: 201, to: 402 },
    ]);
    const endless = streamOf(
      Array.from({ length: 2_000 }, (_, at): Piece => [at % 3 ? 'ab' : ' ab']),
    );
    for (const { to } of textBlocks(endless).slice(0, -1)) {
      assert.ok(textBetween(endless, to, to + 1).startsWith(' '));
    }
  });

  it('begin anew where reasoning ends, but keep a tool and its arguments together', () => {
    const columns = streamOf([
      ['Hm', TokenKind.reasoning],
      ['Yes', TokenKind.text],
      ['lookup', TokenKind.toolName],
      ['{}', TokenKind.toolArguments],
    ]);
    assert.deepEqual(
      textBlocks(columns).map(({ from, to }) => to - from),
      [1, 1, 2],
    );
    assert.deepEqual(segments(columns, { from: 2, to: 4 }), [
      { from: 2, to: 3, kind: TokenKind.toolName },
      { from: 3, to: 4, kind: TokenKind.toolArguments },
    ]);
  });

  it('stay few however the text is made', () => {
    const changing = streamOf(Array.from({ length: 20_000 }, (_, at): Piece => ['x', at % 2]));
    assert.ok(textBlocks(changing).length < 2_100);
    const lines = streamOf(Array.from({ length: 100_000 }, (): Piece => ['a\n']));
    assert.ok(textBlocks(lines).length <= 400);
  });

  it('know about how high they will be', () => {
    const columns = streamOf([['aaaa\n'], ['\n'], ['a'.repeat(25)]]);
    assert.equal(estimatedLines(columns, { from: 0, to: 3 }, 10), 1 + 1 + 3);
    assert.equal(estimatedLines(columns, { from: 2, to: 3 }, 10), 3);
  });

  it('cut a token of a million characters and say so', () => {
    const columns = streamOf([['y'.repeat(1_000_000)]]);
    const text = shownText(columns, { from: 0, to: 1 });
    assert.ok(text.length < shownTokenCharacters + 100);
    assert.match(text, /980,000 more characters/);
  });
});

describe('replay progress', () => {
  const columns = streamOf(Array.from({ length: 45 }, (): Piece => ['x']));
  const minimum = microseconds(1_000_000);
  const track = replayTrack(columns, 'proxy', microseconds(2_300_000), [], minimum);

  it('reads like the design says', () => {
    const at = { position: 11, timeUs: 620_000 };
    assert.equal(progressText(track, at), 'Token: 12/45 Time: 620ms / 2300ms');
    assert.equal(valueText(track, at), 'Token 12 of 45, 620 ms');
    assert.equal(
      progressText(track, { position: -1, timeUs: 0 }),
      'Token: 0/45 Time: 0ms / 2300ms',
    );
  });

  it('places the slider by time', () => {
    assert.equal(fraction(track, { position: 11, timeUs: 1_150_000 }), 0.5);
  });

  it('invents no time for an order without times', () => {
    const ordered = replayTrack(columns, 'order-only', null, [], minimum);
    const at = { position: 8, timeUs: 0 };
    assert.equal(progressText(ordered, at), 'Token: 9/45 Time: not recorded (order only)');
    assert.equal(valueText(ordered, at), 'Token 9 of 45');
    assert.equal(fraction(ordered, at), 0.2);
  });
});

describe('chunks of a long text', () => {
  it('join to the text again and are short', () => {
    const text = fc
      .array(fc.constantFrom('word ', '\n', '😀', 'x'.repeat(700), '{"a":1}'), { maxLength: 200 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (whole) => {
        const chunks = textChunks(whole);
        assert.equal(chunks.join(''), whole);
        for (const chunk of chunks) {
          assert.ok(chunk.length <= 6_000);
          assert.doesNotMatch(chunk, /\p{Cs}/u, 'a character was cut in two');
        }
      }),
    );
  });
});
