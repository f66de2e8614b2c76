import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  decryptFernet,
  isFernetToken,
  parseFernetKey,
} from '../../../src/formats/agentInspector/fernet.js';
import { fixtureKey, fixturePath } from './opening.js';

interface Vectors {
  readonly key: string;
  readonly cases: readonly { readonly plain: string; readonly token: string }[];
}

const vectors = JSON.parse(readFileSync(fixturePath('fernet.json'), 'utf8')) as Vectors;
const key = parseFernetKey(fixtureKey)!;

describe('Fernet', function () {
  this.timeout(20_000);

  it('opens what Python’s cryptography encrypted', () => {
    assert.equal(vectors.key, fixtureKey);
    for (const { plain, token } of vectors.cases) {
      const bytes = Buffer.from(token);
      assert.ok(isFernetToken(bytes));
      assert.equal(Buffer.from(decryptFernet(bytes, key)!).toString('hex'), plain);
    }
  });

  it('does not open with another key', () => {
    const other = parseFernetKey(Buffer.alloc(32, 7).toString('base64url'))!;
    for (const { token } of vectors.cases) {
      assert.equal(decryptFernet(Buffer.from(token), other), null);
    }
  });

  it('takes keys with blanks around, without padding, and in plain base64', () => {
    const plain = Buffer.alloc(32, 0xfb).toString('base64');
    for (const typed of [` ${fixtureKey}\n`, fixtureKey.replace('=', ''), plain]) {
      assert.ok(parseFernetKey(typed), typed);
    }
  });

  it('refuses what is no key', () => {
    for (const typed of ['', 'secret', fixtureKey.slice(1), `${fixtureKey}=`, 'ä'.repeat(43)]) {
      assert.equal(parseFernetKey(typed), null, typed);
    }
  });

  it('never opens an altered token', () => {
    const altered = fc.record({
      vector: fc.constantFrom(...vectors.cases),
      at: fc.nat(),
      bit: fc.integer({ min: 0, max: 7 }),
    });
    fc.assert(
      fc.property(altered, ({ vector, at, bit }) => {
        const bytes = Buffer.from(vector.token, 'base64url');
        bytes[at % bytes.length]! ^= 1 << bit;
        assert.equal(decryptFernet(Buffer.from(bytes.toString('base64url')), key), null);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, prefixed) => {
        const token = prefixed ? Buffer.concat([Buffer.from('gAAAA'), bytes]) : bytes;
        assert.equal(decryptFernet(token, key), null);
      }),
      { numRuns: 2_000 },
    );
  });
});
