import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readableText, visiblePieces, visibleText } from '../../../webview/shell/visibleText.js';

const shown = (text: string): string => visibleText(text, 1_000);

describe('visible text', () => {
  it('makes spaces and line breaks visible', () => {
    assert.equal(shown(' the\n\tend\r\n'), '·the↵⇥end␍↵');
  });

  it('names control and direction-changing characters by their code points', () => {
    assert.equal(shown('a\u0000b'), 'a U+0000 b');
    assert.equal(shown('\u001b[31m'), ' U+001B [31m');
    assert.equal(shown('user\u202Etxt'), 'user U+202E txt');
    assert.equal(shown('\u200b\ufeff\u00a0\u2028'), ' U+200B  U+FEFF  U+00A0  U+2028 ');
    assert.equal(shown('\u{E0041}'), ' U+E0041 ');
    assert.equal(shown('\ud83d'), ' U+D83D ');
  });

  it('leaves letters, emoji and their joiners alone', () => {
    for (const text of ['Grüße', '漢字', '👩‍💻', 'שלום', 'e\u0301']) assert.equal(shown(text), text);
  });

  it('cuts what is long', () => {
    assert.equal(visibleText('abcdef', 3), 'abc…');
  });

  /** Lone surrogates and control characters included. */
  const anyUnits = fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units));

  it('covers the original without holes', () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        let end = 0;
        for (const piece of visiblePieces(text)) {
          assert.equal(piece.from, end);
          if (!piece.isMark) assert.equal(piece.text, text.slice(piece.from, piece.to));
          end = piece.to;
        }
        assert.equal(end, text.length);
        assert.doesNotMatch(shown(text), /[\u0000-\u001f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe('readable text', () => {
  it('is the text itself, whatever the language and its spaces, joiners and line breaks', () => {
    const texts = [
      'two words\n\tand\r\na line',
      'שלום',
      'می\u200cخواهم',
      'a\u00a0b',
      '👩‍💻',
      'e\u0301',
    ];
    for (const text of texts) assert.equal(readableText(text), text);
  });

  it('names what would turn around or hide what follows', () => {
    assert.equal(readableText('user\u202Etxt.exe'), 'user U+202E txt.exe');
    assert.equal(readableText('a\u2066b\u2069'), 'a U+2066 b U+2069 ');
    assert.equal(readableText('\u001b[2J\u0000\u0085'), ' U+001B [2J U+0000  U+0085 ');
    assert.equal(readableText('over\rwritten'), 'over␍written');
    assert.equal(readableText('hi\u{E0041}\ud83d'), 'hi U+E0041  U+D83D ');
  });
});
