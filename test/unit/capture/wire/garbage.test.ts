import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseJson } from '../../../../src/capture/wire/json.js';
import { samples } from './samples/all.js';
import { readPieces } from './samples/sample.js';

const paths = [
  ...['/chat/completions', '/completions', '/responses', '/v1/messages', '/api/chat'],
  ...['/models/gemini:streamGenerateContent', '/unknown'],
];
const contentTypes = [
  ...['text/event-stream', 'application/x-ndjson', 'application/json', 'text/plain', ''],
];
const anyPath = fc.constantFrom(...paths);
const anyType = fc.constantFrom(...contentTypes);
const anyStatus = fc.constantFrom(200, 400, 503);

describe('a response that is garbage', () => {
  it('of any bytes is read without an exception', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(anyPath, anyType, anyStatus, pieces, (path, contentType, status, bytes) => {
        readPieces({ path, contentType, status, body: '' }, bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of the marks of the formats is read without an exception', () => {
    const marks = fc.constantFrom(
      ...['data:', 'event: ', ':', '\n', '\r', '[', ']', '{', '}', '"', '\\', ',', '[DONE]'],
      ...['{"choices":[{"delta":', '"type":"content_block_start"', '{"error":', 'null', '\uFEFF'],
    );
    const text = fc.array(marks, { maxLength: 60 }).map((found) => found.join(''));
    fc.assert(
      fc.property(anyPath, anyType, text, (path, contentType, body) => {
        readPieces({ path, contentType, body: '' }, [Buffer.from(body)]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('with any JSON in place of any field is read without an exception', () => {
    const all = Object.values(samples).flat();
    const jsonField = /("(?:\w+)":)(?:"[^"]*"|\d+|null|true|false)/g;
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.jsonValue(), fc.nat(), (sample, value, seed) => {
        let position = 0;
        const body = sample.body.replace(jsonField, (field, name: string) =>
          (position++ + seed) % 3 === 0 ? `${name}${JSON.stringify(value)}` : field,
        );
        readPieces(sample, [Buffer.from(body)]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a response that is hostile', () => {
  const size = 1024 * 1024;
  const repeats = [
    '[',
    '{',
    '"',
    '\\',
    'data: ',
    'data:\n',
    '\r',
    ':',
    '{"a":',
    'event:x\n',
    '\n',
    '[',
  ];
  /** So small that work over what is held back would cost minutes. */
  const chunk = 256;

  for (const path of ['/chat/completions', '/api/chat', '/models/m:streamGenerateContent']) {
    it(`costs no more than its length: ${path}`, function () {
      this.timeout(20_000);
      for (const repeated of repeats) {
        for (const contentType of contentTypes.slice(0, 3)) {
          const bytes = Buffer.alloc(size, repeated);
          const pieces = Array.from({ length: size / chunk }, (_, index) =>
            bytes.subarray(index * chunk, (index + 1) * chunk),
          );
          readPieces({ path, contentType, body: '' }, pieces);
        }
      }
    });
  }

  it('with an event beyond the limit loses that event and nothing after it', function () {
    this.timeout(20_000);
    const giant = Buffer.alloc(1024 * 1024, 'x');
    for (const [path, contentType, start, end] of [
      ['/chat/completions', 'text/event-stream', 'data: "', '"\n\n'],
      ['/api/chat', 'application/x-ndjson', '"', '"\n'],
    ] as const) {
      const value = { choices: [{ delta: { content: 'Hi' } }], message: { content: 'Hi' } };
      const after = `${contentType === 'text/event-stream' ? 'data: ' : ''}${JSON.stringify(value)}${end.slice(1)}`;
      const parts = readPieces({ path, contentType, body: '' }, [
        Buffer.from(start),
        ...Array.from({ length: 17 }, () => giant),
        Buffer.from(end),
        Buffer.from(after),
      ]);
      assert.deepEqual(
        parts.map(({ part }) => part),
        ['notice', 'token'],
        path,
      );
    }
  });

  it('with bytes that are no UTF-8 says so once', () => {
    const body = Buffer.concat([
      Buffer.from('data: {"choices":[{"delta":{"content":"a'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('b"}}]}\n\n'),
    ]);
    const parts = readPieces(
      { path: '/chat/completions', contentType: 'text/event-stream', body: '' },
      [body, body],
    );
    assert.deepEqual(
      parts.map((part) => (part.part === 'token' ? part.text : part.part)),
      ['a\uFFFD\uFFFDb', 'a\uFFFD\uFFFDb', 'notice'],
    );
  });
});

describe('JSON', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

  it('is none when it is nested too deeply to be gone through', () => {
    assert.ok(Array.isArray(parseJson(nested(500))));
    assert.equal(parseJson(nested(501)), undefined);
    assert.equal(parseJson(`{"a":"\\\\","b":${nested(501)}}`), undefined);
  });

  it('may have any number of brackets in its texts, and one behind the other', () => {
    const value = {
      text: `"\\"${'[{'.repeat(1_000)}\\`,
      list: Array.from({ length: 1_000 }, () => []),
    };
    assert.deepEqual(parseJson(JSON.stringify(value)), value);
  });

  it('is what it is for Node', () => {
    const padding = ' '.repeat(1_000);
    const property = fc.property(fc.json(), (text) => {
      assert.deepEqual(parseJson(text + padding), JSON.parse(text));
    });
    fc.assert(property, { numRuns: 500 });
  });
});
