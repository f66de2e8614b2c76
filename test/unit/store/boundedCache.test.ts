import assert from 'node:assert/strict';
import { BoundedCache } from '../../../src/store/boundedCache.js';

describe('BoundedCache', () => {
  let made: string[];
  let cache: BoundedCache<string, string>;
  beforeEach(() => {
    made = [];
    cache = new BoundedCache(10, (value) => value.length);
  });
  const get = (value: string): string =>
    cache.get(value, () => {
      made.push(value);
      return value;
    });

  it('makes a value once', () => {
    get('abc');
    assert.equal(get('abc'), 'abc');
    assert.deepEqual(made, ['abc']);
  });

  it('drops what was not used for longest, and no more than it must', () => {
    get('aaaa');
    get('bbbb');
    get('aaaa');
    get('cccc');
    made = [];
    get('aaaa');
    get('cccc');
    assert.deepEqual(made, []);
    get('bbbb');
    assert.deepEqual(made, ['bbbb']);
  });

  it('keeps what is larger than all of it alone, until something else is used', () => {
    get('aaaa');
    get('x'.repeat(11));
    get('x'.repeat(11));
    assert.equal(made.length, 2);
    get('aaaa');
    get('x'.repeat(11));
    assert.equal(made.length, 4);
  });

  it('forgets everything when it is cleared', () => {
    get('aaaa');
    cache.clear();
    get('aaaa');
    assert.equal(made.length, 2);
  });
});
