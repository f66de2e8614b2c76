import assert from 'node:assert/strict';
import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  type Zlib,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  gzipSync,
} from 'node:zlib';
import fc from 'fast-check';
import { type Microseconds, microseconds } from '../../../../src/model/units.js';
import { createContentDecoder } from '../../../../src/capture/wire/contentDecoding.js';

interface Decoded {
  /** What came with the stamp of each read; reads are stamped with their position. */
  readonly ofReads: readonly string[];
  readonly text: string;
  readonly stamps: readonly number[];
  readonly notices: readonly string[];
}

function decode(encoding: string | undefined, reads: readonly Uint8Array[]): Promise<Decoded> {
  return new Promise((resolve) => {
    const pieces: { bytes: Uint8Array; atUs: Microseconds }[] = [];
    const notices: string[] = [];
    const decoder = createContentDecoder(encoding, {
      bytes: (bytes, atUs) => pieces.push({ bytes, atUs }),
      notice: (text) => notices.push(text),
    });
    reads.forEach((read, position) => decoder.write(read, microseconds(position)));
    decoder.end(() => {
      const ofReads = reads.map((_, position) =>
        Buffer.concat(
          pieces.filter(({ atUs }) => atUs === position).map(({ bytes }) => bytes),
        ).toString(),
      );
      const text = Buffer.concat(pieces.map(({ bytes }) => bytes)).toString();
      resolve({ ofReads, text, stamps: pieces.map(({ atUs }) => atUs), notices });
    });
  });
}

const events = ['Grüße', '漢😀', ' three', ' four'].map(
  (word) => `data: {"choices":[{"delta":{"content":"${word}"}}]}\n\n`,
);

/** Each event compressed and flushed; the last piece is the end of the compressed stream. */
async function flushed(compressor: Transform & Zlib, flush: number): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  const flushing = promisify((kind: number, done: () => void) => compressor.flush(kind, done));
  const taken = (): Buffer => {
    const found: Buffer[] = [];
    for (;;) {
      const piece = compressor.read() as Buffer | null;
      if (piece === null) return Buffer.concat(found);
      found.push(piece);
    }
  };
  for (const event of events) {
    compressor.write(event);
    await flushing(flush);
    pieces.push(taken());
  }
  compressor.end();
  await new Promise((resolve) => compressor.once('readable', resolve));
  return [...pieces, taken()];
}

const brotli = (content: string | Buffer): Buffer =>
  brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });

/** What zstd made of the events, flushed after each: Node 20 cannot write it. */
const zstdPieces = [
  'KLUv/QBYqAEAZGF0YTogeyJjaG9pY2VzIjpbeyJkZWx0YSI6eyJjb250ZW50IjoiR3LDvMOfZSJ9fV19Cgo=',
  'pAAAcOa8ovCfmIAifX1dfQoKAQBwqYA=',
  'pAAAcGQgdGhyZWUifX1dfQoKAQAfIAQ=',
  'jAAAWGZvdXIifX1dfQoKAQBvqYA=',
  'AQAA',
].map((text) => Buffer.from(text, 'base64'));

/** Invalid in all of them, for zstd as a block of an unknown type. */
const damage = Buffer.alloc(100, Buffer.from([0x56, 0x00, 0x00]));

const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = constants;
const flushedEncodings: readonly [string, string, () => Promise<Buffer[]>][] = [
  ['gzip', 'gzip', () => flushed(createGzip(), Z_SYNC_FLUSH)],
  ['deflate', 'deflate', () => flushed(createDeflate(), Z_SYNC_FLUSH)],
  ['deflate without its header', 'deflate', () => flushed(createDeflateRaw(), Z_SYNC_FLUSH)],
  ['br', 'br', () => flushed(createBrotliCompress(), BROTLI_OPERATION_FLUSH)],
  ['zstd', 'zstd', () => Promise.resolve(zstdPieces)],
];

describe('a compressed response', () => {
  for (const [name, encoding, compressed] of flushedEncodings) {
    it(`keeps for every event the stamp of its read: ${name}`, async () => {
      const { ofReads, notices } = await decode(encoding, await compressed());
      assert.deepEqual(ofReads, [...events, '']);
      assert.deepEqual(notices, []);
    });

    it(`is decoded in order wherever it is cut: ${name}`, async () => {
      const bytes = Buffer.concat(await compressed());
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 }), async (at) => {
          const ends = [...at.sort((a, b) => a - b), bytes.length];
          const reads = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
          const { text, stamps, notices } = await decode(encoding, reads);
          assert.equal(text, events.join(''));
          assert.deepEqual(
            stamps,
            [...stamps].sort((a, b) => a - b),
          );
          assert.deepEqual(notices, []);
        }),
        { numRuns: 40 },
      );
    });

    it(`that is cut off gives what had come: ${name}`, async () => {
      const pieces = await compressed();
      const { ofReads, notices } = await decode(encoding, pieces.slice(0, 2));
      assert.deepEqual(ofReads, events.slice(0, 2));
      assert.deepEqual(notices, []);
    });

    it(`that is damaged gives what came before, and says so: ${name}`, async () => {
      const pieces = await compressed();
      const damaged = [...pieces.slice(0, 2), damage, ...pieces.slice(2)];
      const { text, notices } = await decode(encoding, damaged);
      assert.ok(text.startsWith(events.slice(0, 2).join('')), text);
      assert.deepEqual(notices, [
        'The compressed response is damaged: the rest of it was not read.',
      ]);
    });

    it(`with something behind its end ends: ${name}`, async () => {
      const whole = Buffer.concat(await compressed());
      const { text } = await decode(encoding, [
        whole,
        Buffer.from('more'),
        Buffer.from('and more'),
      ]);
      assert.ok(text.startsWith(events.join('')));
      const inOneRead = await decode(encoding, [Buffer.concat([whole, Buffer.from('more')])]);
      assert.ok(inOneRead.notices.length <= 1);
    });

    it(`of any bytes ends: ${name}`, async () => {
      const reads = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(reads, async (bytes) => {
          await decode(encoding, bytes);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('larger than the buffers of a decompressor comes whole, with the stamp of its one read', async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => `line ${index}\n`).join('');
    for (const [encoding, packed] of [
      ['gzip', gzipSync(text)],
      ['br', brotli(text)],
    ] as const) {
      const { ofReads } = await decode(encoding, [packed]);
      assert.equal(ofReads[0], text);
    }
  });

  it('compressed twice is unpacked twice, in the order of the header', async () => {
    const packed = brotli(gzipSync('twice'));
    const { text, notices } = await decode('gzip, br', [packed.subarray(0, 9), packed.subarray(9)]);
    assert.equal(text, 'twice');
    assert.deepEqual(notices, []);
  });

  it('in an unknown encoding is not guessed at', async () => {
    const { text, notices } = await decode('snappy', [Buffer.from('abc'), Buffer.from('def')]);
    assert.equal(text, '');
    assert.deepEqual(notices, ['The response is encoded in a way that cannot be read (snappy).']);
  });
});

describe('an uncompressed response', () => {
  for (const encoding of [undefined, '', 'identity']) {
    it(`is handed on at once: ${JSON.stringify(encoding)}`, () => {
      const came: string[] = [];
      const decoder = createContentDecoder(encoding, {
        bytes: (bytes) => came.push(Buffer.from(bytes).toString()),
        notice: (text) => came.push(text),
      });
      decoder.write(Buffer.from('abc'), microseconds(1));
      assert.deepEqual(came, ['abc']);
      decoder.end(() => came.push('end'));
      assert.deepEqual(came, ['abc', 'end']);
    });
  }
});

describe('a response that unpacks to far more than it is', () => {
  const tooMuch =
    'The compressed response unpacks to far more than it should: the rest of it was not read.';

  for (const [encoding, pack] of [
    ['gzip', gzipSync],
    ['br', brotli],
  ] as const) {
    it(`is read up to a limit: ${encoding}`, async () => {
      const { text, notices } = await decode(encoding, [pack(Buffer.alloc(64 * 1024 * 1024))]);
      assert.deepEqual(notices, [tooMuch]);
      assert.ok(text.length <= 17 * 1024 * 1024);
    });
  }

  it('is read up to a limit: zstd', async () => {
    // A window of 128 KB, and blocks that repeat one byte as often.
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
    const block = Buffer.from([0x02, 0x00, 0x10, 0x61]);
    const blocks = Array.from({ length: 1_000 }, () => block);
    const { text, notices } = await decode('zstd', [Buffer.concat([header, ...blocks])]);
    assert.deepEqual(notices, [tooMuch]);
    assert.ok(text.length <= 17 * 1024 * 1024);
  });

  it('is not read when zstd would need a window of gigabytes, in whichever frame', async () => {
    const large = Buffer.from([
      0x28,
      0xb5,
      0x2f,
      0xfd,
      0x00,
      0xa0,
      ...new Array<number>(20).fill(0),
    ]);
    const oneFrame = Buffer.concat(zstdPieces);
    const { text, notices } = await decode('zstd', [
      oneFrame,
      large.subarray(0, 3),
      large.subarray(3),
    ]);
    assert.equal(text, events.join(''));
    assert.deepEqual(notices, ['The compressed response needs too much memory to be read.']);
  });
});
