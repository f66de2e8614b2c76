import assert from 'node:assert/strict';
import { TraceError } from '../../../src/protocol/errors.js';
import { fileError } from '../../../src/store/source/fileErrors.js';

describe('fileError', () => {
  const cases: readonly [string, string, RegExp][] = [
    ['ENOENT', 'not-found', /a\.db does not exist any more/],
    ['EACCES', 'no-permission', /no permission to read a\.db/],
    ['EPERM', 'no-permission', /no permission to read a\.db/],
    ['EIO', 'not-found', /a\.db could not be read from its disk/],
  ];
  for (const [code, expected, sentence] of cases) {
    it(`makes a sentence of ${code}`, () => {
      const error = fileError(Object.assign(new Error('raw'), { code }), 'a.db');
      assert.ok(error instanceof TraceError);
      assert.equal(error.code, expected);
      assert.match(error.message, sentence);
      assert.equal(error.detail, 'raw');
    });
  }

  it('leaves sentences, and errors of our own program, as they are', () => {
    for (const error of [new TraceError('busy', 'Busy.'), new TypeError('bug')]) {
      assert.equal(fileError(error, 'a.db'), error);
    }
  });
});
