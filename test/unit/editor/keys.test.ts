import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { problemOfKey } from '../../../src/editor/keys.js';

describe('the form of a key', () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, value) => value)).toString('base64');
  const urlSafe = key.replaceAll('+', '-').replaceAll('/', '_');

  it('is 32 bytes in URL-safe base64', () => {
    assert.equal(problemOfKey(urlSafe), null);
    assert.equal(problemOfKey('_-'.repeat(21) + 'A='), null);
  });

  it('is refused with a sentence when it is anything else', () => {
    for (const wrong of ['', 'secret', urlSafe.slice(1), `${urlSafe} `, '+/'.repeat(21) + 'A=']) {
      assert.match(problemOfKey(wrong) ?? '', /44 characters/, JSON.stringify(wrong));
    }
  });
});
