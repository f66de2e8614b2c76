import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  type DecodedEvent,
  decodeEvent,
  largestEventBytes,
} from '../../../src/formats/agentInspector/eventData.js';
import { gunzip } from '../../../src/formats/agentInspector/gunzip.js';
import { parsePythonJson } from '../../../src/formats/agentInspector/json.js';

const event = { model: 'gpt-4o', prompt: 'Grüße 🚚' };
const json = Buffer.from(JSON.stringify(event));

function problemOf(decoded: DecodedEvent): string {
  assert.equal(decoded.ok, false);
  return decoded.problem;
}

describe('Data of an event', function () {
  this.timeout(20_000);

  it('is JSON, gzip’d or not', () => {
    for (const data of [json, gzipSync(json)]) {
      const decoded = decodeEvent(data, []);
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.fields, event);
      assert.equal(decoded.json, json.toString());
    }
  });

  it('is refused in words when damaged', () => {
    const gzip = gzipSync(json);
    const cases: [Uint8Array, RegExp][] = [
      [gzip.subarray(0, 20), /damaged/],
      [Buffer.concat([gzip.subarray(0, -8), Buffer.alloc(8)]), /damaged/],
      [Buffer.from('gAAAAnonsense'), /encrypted/],
      [Buffer.from('{"a":'), /not JSON/],
      [Buffer.from('[1]'), /not an event/],
      [Buffer.from('null'), /not an event/],
      [Buffer.alloc(0), /not JSON/],
    ];
    for (const [data, problem] of cases) assert.match(problemOf(decodeEvent(data, [])), problem);
  });

  it('does not unpack a gzip bomb', () => {
    const bomb = gzipSync(Buffer.alloc(largestEventBytes + 1));
    assert.ok(bomb.length < 100_000);
    const before = process.memoryUsage().arrayBuffers;
    assert.match(problemOf(decodeEvent(bomb, [])), /more than 64 MB/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 * largestEventBytes);
  });

  it('unpacks what just fits', () => {
    const limit = 1_000;
    assert.ok(gunzip(gzipSync(Buffer.alloc(limit)), limit).ok);
    assert.deepEqual(gunzip(gzipSync(Buffer.alloc(limit + 1)), limit), {
      ok: false,
      problem: 'too-large',
    });
  });

  it('never throws, whatever the bytes of a mutated gzip', () => {
    const gzip = gzipSync(json);
    const mutation = fc.array(fc.tuple(fc.nat(gzip.length - 1), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(mutation, fc.nat(gzip.length), (changes, length) => {
        const bytes = Uint8Array.from(gzip);
        for (const [at, value] of changes) bytes[at] = value;
        const decoded = decodeEvent(bytes.subarray(0, length), []);
        assert.ok(decoded.ok || decoded.problem.length > 0);
      }),
      { numRuns: 3_000 },
    );
  });

  it('may be nested deeply, repeat keys, and have keys of JavaScript’s own', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    for (const text of [
      `{"prompt":${deep}}`,
      '{"__proto__":{"model":"x"},"constructor":1,"toString":2,"a":1,"a":2}',
    ]) {
      const decoded = decodeEvent(Buffer.from(text), []);
      assert.ok(decoded.ok || decoded.problem === 'are not JSON');
    }
    assert.equal(({} as Record<string, unknown>)['model'], undefined);
  });
});

describe('JSON of Python', () => {
  it('has NaN and Infinity, which become null outside texts only', () => {
    assert.deepEqual(
      parsePythonJson('{"a":[NaN,-Infinity,Infinity,1],"NaN":"\\"NaN\\\\","b":NaN}'),
      { a: [null, null, null, 1], NaN: '"NaN\\', b: null },
    );
  });

  it('is what JSON is, else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        assert.deepEqual(parsePythonJson(text), JSON.parse(text));
        assert.deepEqual(parsePythonJson(`[NaN,${text}]`), [null, JSON.parse(text)]);
      }),
    );
  });

  it('is refused when it is neither', () => {
    for (const text of ['', '{', 'NaNa', '{"a":NaN', '"NaN', 'xNaN', 'nan']) {
      assert.throws(() => parsePythonJson(text), SyntaxError, text);
    }
  });
});
