/** Compressed responses, beside what decompresses them in one piece. */
import assert from 'node:assert/strict';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
} from 'node:zlib';
import { decompress } from 'fzstd';
import { createContentDecoder } from '../../../src/capture/wire/contentDecoding.js';
import { microseconds } from '../../../src/model/units.js';
import { piecesOf } from '../cuts.js';
import { type FuzzTarget, bytesOf } from '../target.js';

interface Decoded {
  readonly bytes: Buffer;
  readonly notices: readonly string[];
}

function decode(encoding: string, pieces: readonly Uint8Array[]): Promise<Decoded> {
  return new Promise((resolve) => {
    const found: Uint8Array[] = [];
    const notices: string[] = [];
    let lastStamp = 0;
    const decoder = createContentDecoder(encoding, {
      bytes: (bytes, atUs) => {
        assert.ok(atUs >= lastStamp, 'stamps go back');
        lastStamp = atUs;
        found.push(Buffer.from(bytes));
      },
      notice: (text) => notices.push(text),
    });
    for (const [position, piece] of pieces.entries()) decoder.write(piece, microseconds(position));
    decoder.end(() => resolve({ bytes: Buffer.concat(found), notices }));
  });
}

const startsLike = (one: Buffer, other: Buffer): boolean => {
  const length = Math.min(one.length, other.length);
  return one.subarray(0, length).equals(other.subarray(0, length));
};

const text = 'data: {"choices":[{"delta":{"content":"Grüße 漢😀"}}]}\n\n'.repeat(8);

/** What zstd made of 'data: {"choices":[{"delta":{"content":"Grüße"}}]}\n\n', then of more: Node 20 cannot write it. */
const zstdSample = Buffer.from(
  'KLUv/QBYqAEAZGF0YTogeyJjaG9pY2VzIjpbeyJkZWx0YSI6eyJjb250ZW50IjoiR3LDvMOfZSJ9fV19CgqkAABw5ryi8J+YgCJ9fV19CgoBAHCpgKQAAHBkIHRocmVlIn19XX0KCgEAHyAEjAAAWGZvdXIifX1dfQoKAQBvqYABAAA=',
  'base64',
);

function decoding(
  encoding: string,
  seeds: readonly Uint8Array[],
  atOnce: (bytes: Uint8Array) => Uint8Array,
): FuzzTarget {
  return {
    name: encoding,
    seeds: () => seeds,
    words: ['\x1f\x8b\x08', 'data: ', '\0\0\xff\xff'],
    longestInput: 4_096,
    check: async (input) => {
      const whole = await decode(encoding, [input]);
      const cut = await decode(encoding, piecesOf(input));
      assert.ok(startsLike(whole.bytes, cut.bytes), 'the cuts make a difference');
      assert.ok(whole.notices.length <= 1 && cut.notices.length <= 1, 'said twice');
      const expected = attempt(() => Buffer.from(atOnce(input)));
      if (expected && whole.notices.length === 0) {
        assert.ok(whole.bytes.equals(expected), 'not what it was packed from');
        // What is behind its end is noticed, or not.
        assert.ok(cut.bytes.equals(expected), 'the cuts make a difference');
      }
      // What is whole for others is whole for us.
      if (expected) assert.deepEqual(whole.notices, []);
      return [
        ...whole.notices,
        expected ? 'sound' : 'damaged',
        `${Math.log2(whole.bytes.length + 1) | 0}`,
      ];
    },
  };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** A stream that is cut off gives what had come. */
const cutOff = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 16 * 1024 * 1024 };
const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };

export const contentDecodings: readonly FuzzTarget[] = [
  decoding('gzip', [gzipSync(text), gzipSync('a'), gzipSync(Buffer.alloc(5_000))], (bytes) =>
    gunzipSync(bytes, cutOff),
  ),
  decoding('deflate', [deflateSync(text), deflateRawSync(text), deflateSync('')], (bytes) =>
    ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes, cutOff) : inflateRawSync(bytes, cutOff),
  ),
  decoding('br', [brotliCompressSync(text, { params }), brotliCompressSync('')], (bytes) =>
    brotliDecompressSync(bytes, { maxOutputLength: cutOff.maxOutputLength }),
  ),
  decoding(
    'zstd',
    [zstdSample, Buffer.from('28b52ffd003802001061', 'hex'), bytesOf('')],
    // It would allocate whatever a frame asks for.
    (bytes) => {
      if (bytes.length < 6 || !Buffer.from(bytes.subarray(0, 5)).equals(zstdSample.subarray(0, 5)))
        throw new Error('another head');
      if ((bytes[5] ?? 0) > 0x68) throw new Error('a large window');
      return decompress(bytes);
    },
  ),
];
