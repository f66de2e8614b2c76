import assert from 'node:assert/strict';
import { labelText, messageText, pickText } from '../../../src/editor/shownText.js';
import { hostileTexts } from '../../fixtures/hostile.js';

describe('texts of traces outside of the page', () => {
  it('stay on one line, of a length that a label can have', () => {
    assert.equal(labelText(' one\r\n\ttwo\u2028three '), 'one two three');
    assert.equal(labelText('x'.repeat(1_000_000)), `${'x'.repeat(200)}…`);
  });

  it('change nothing of what stands beside them', () => {
    assert.equal(labelText('a\u202Eb\u2066c\u0007d\0e\uD800f'), 'a�b�c�d�e�f');
    for (const text of hostileTexts) {
      assert.doesNotMatch(labelText(text), /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?!\u200D)\p{Cf}/u);
    }
  });

  it('keep what is only unusual', () => {
    assert.equal(labelText('日本 ünï 👩‍👧 <b>'), '日本 ünï 👩‍👧 <b>');
    assert.ok(labelText(`${'x'.repeat(199)}👩`).endsWith('�…'), 'no half of a character');
  });

  it('show no icons in lists and no links in notifications', () => {
    assert.equal(pickText('$(trash) $(x)'), '\\$(trash) \\$(x)');
    assert.doesNotMatch(messageText('[a](command:quit) [b](c)'), /\]\(/);
  });
});
