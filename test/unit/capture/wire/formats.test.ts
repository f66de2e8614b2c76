import assert from 'node:assert/strict';
import fc from 'fast-check';
import { samples } from './samples/all.js';
import { type Sample, readPieces, readerOf } from './samples/sample.js';

const all = Object.values(samples).flat();
const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8');

for (const [api, ofApi] of Object.entries(samples)) {
  describe(`a response of ${api}`, () => {
    for (const sample of ofApi) {
      it(`is read: ${sample.name}`, () => {
        assert.deepEqual(readPieces(sample, [bytesOf(sample.body)]), sample.parts);
      });
    }

    it('reads the same wherever it is cut in two', () => {
      for (const sample of ofApi) {
        const bytes = bytesOf(sample.body);
        for (let cut = 0; cut <= bytes.length; cut++) {
          const parts = readPieces(sample, [bytes.subarray(0, cut), bytes.subarray(cut)]);
          assert.deepEqual(parts, sample.parts, `${sample.name}, cut at ${cut}`);
        }
      }
    });

    it('reads the same byte by byte', () => {
      for (const sample of ofApi) {
        const bytes = bytesOf(sample.body);
        const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
        assert.deepEqual(readPieces(sample, pieces), sample.parts, sample.name);
      }
    });
  });
}

describe('a stream of events', () => {
  const streams = all.filter(
    ({ contentType, status, body }) =>
      contentType === 'text/event-stream' && status === undefined && !body.includes('\n}'),
  );

  it('reads the same with every kind of line end, a byte order mark, comments, and cut anywhere', () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(
        fc.constantFrom(...streams),
        lineEnd,
        fc.boolean(),
        cuts,
        (sample, end, mark, at) => {
          const commented = sample.body.replaceAll('data: {', ': comment\ndata: {');
          const text = (mark ? '\uFEFF' : '') + commented.replaceAll('\n', end);
          const parts = readPieces(sample, cutAt(bytesOf(text), at));
          const isContent = ({ part }: { part: string }): boolean => part !== 'ping';
          assert.deepEqual(parts.filter(isContent), sample.parts.filter(isContent));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is complete with its last event, though the final blank line is missing', () => {
    for (const sample of streams) {
      const parts = readPieces(sample, [bytesOf(sample.body.trimEnd())]);
      assert.deepEqual(parts, sample.parts, sample.name);
    }
  });

  it('gives the parts of an event with the read that completes it, also when lines end with CR', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const reader = readerOf({
        path: '/chat/completions',
        contentType: 'text/event-stream',
        body: '',
      });
      for (const word of ['one', 'two']) {
        const event = `data: ${JSON.stringify({ choices: [{ delta: { content: word } }] })}`;
        const [part] = reader.read(bytesOf(event + end + end));
        assert.equal(part?.part === 'token' && part.text, word);
      }
    }
  });
});

function cutAt(bytes: Buffer, fractions: readonly number[]): Buffer[] {
  const positions = fractions.map((fraction) => Math.round(fraction * bytes.length));
  const ordered = [0, ...positions.sort((a, b) => a - b), bytes.length];
  return ordered.slice(1).map((end, index) => bytes.subarray(ordered[index], end));
}

describe('the shape of a response', () => {
  const shapes: readonly [Pick<Sample, 'path' | 'contentType'>, string, string][] = [
    [{ path: '/chat/completions', contentType: 'text/event-stream' }, 'data: {}\n\n', 'stream'],
    [{ path: '/chat/completions', contentType: 'application/json' }, '{"choices":[]}', 'whole'],
    [{ path: '/chat/completions', contentType: 'application/json' }, 'data: {}\n\n', 'stream'],
    [{ path: '/chat/completions', contentType: 'text/event-stream' }, '\n{"error":{}}', 'whole'],
    [{ path: '/api/chat', contentType: 'application/x-ndjson' }, '{}', 'stream'],
    [{ path: '/m:streamGenerateContent', contentType: 'application/json' }, '[{', 'stream'],
    [{ path: '/image', contentType: 'image/png' }, '\x89PNG', 'binary'],
    [{ path: '/speech', contentType: '' }, '\x00\x01', 'binary'],
    [{ path: '/page', contentType: 'text/html' }, '<html>', 'whole'],
    [{ path: '/words', contentType: 'text/plain' }, 'words', 'stream'],
  ];
  for (const [head, body, shape] of shapes) {
    it(`is ${shape} for ${JSON.stringify(body)} as ${head.contentType || 'nothing'} from ${head.path}`, () => {
      const reader = readerOf({ ...head, body });
      reader.read(Buffer.from(body, 'latin1'));
      assert.equal(reader.shape, shape);
    });
  }
});

describe('a text without a framing', () => {
  it('is one token for every read, and characters that were cut stay whole', () => {
    const bytes = bytesOf('ab漢');
    const sample = { path: '/words', contentType: 'text/plain', body: '' };
    const parts = readPieces(sample, [
      bytes.subarray(0, 1),
      bytes.subarray(1, 3),
      bytes.subarray(3),
    ]);
    const texts = parts.map((part) => part.part === 'token' && part.text);
    assert.deepEqual(texts, ['a', 'b', '漢']);
  });
});

describe('bytes that are no text', () => {
  it('are told by their size only', () => {
    const sample = { path: '/audio/speech', contentType: 'audio/mpeg', body: '' };
    const parts = readPieces(sample, [Buffer.alloc(700), Buffer.alloc(300)]);
    const text = 'The response is no text and was not kept: 1000 bytes of audio/mpeg in 2 reads.';
    assert.deepEqual(parts, [{ part: 'notice', text }]);
  });
});
