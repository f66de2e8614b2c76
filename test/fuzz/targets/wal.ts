/** The write-ahead log of a database, with checksums made right again, beside a slower and plainer reading of it. */
import assert from 'node:assert/strict';
import { overlayWal } from '../../../src/store/source/walOverlay.js';
import { TraceError } from '../../../src/protocol/errors.js';
import type { FuzzTarget } from '../target.js';

const pageSize = 512;
const headerBytes = 32;
const frameHeaderBytes = 24;
const frameBytes = frameHeaderBytes + pageSize;
const main = Buffer.alloc(4 * pageSize, 'm');
/** No image of a test may be larger; the promise of 2 GB has a test of its own. */
const mostPages = 20_000;

/** Frames by page and the size after the commit; 0 for none. */
function logOf(frames: readonly (readonly [page: number, commit: number])[]): Buffer {
  const wal = Buffer.alloc(headerBytes + frames.length * frameBytes);
  [0x377f0682, 3_007_000, pageSize, 0, 11, 22].forEach((word, at) =>
    wal.writeUInt32BE(word, at * 4),
  );
  for (const [number, [page, commit]] of frames.entries()) {
    const at = headerBytes + number * frameBytes;
    [page, commit, 11, 22].forEach((word, position) => wal.writeUInt32BE(word, at + position * 4));
    wal.fill(97 + number, at + frameHeaderBytes, at + frameBytes);
  }
  return withChecksums(wal);
}

type Sums = readonly [number, number];

function summed(wal: Buffer, from: number, length: number, before: Sums): Sums {
  const isLittle = wal.readUInt32BE(0) === 0x377f0682;
  const word = (at: number): number => (isLittle ? wal.readUInt32LE(at) : wal.readUInt32BE(at));
  let [first, second] = before;
  for (let at = from; at < from + length; at += 8) {
    first = (first + word(at) + second) >>> 0;
    second = (second + word(at + 4) + first) >>> 0;
  }
  return [first, second];
}

function withChecksums(input: Uint8Array): Buffer {
  const wal = Buffer.from(input);
  if (wal.length < headerBytes) return wal;
  const store = ([first, second]: Sums, at: number): void => {
    wal.writeUInt32BE(first, at);
    wal.writeUInt32BE(second, at + 4);
  };
  let sums = summed(wal, 0, 24, [0, 0]);
  store(sums, 24);
  for (let at = headerBytes; at + frameBytes <= wal.length; at += frameBytes) {
    sums = summed(wal, at, 8, sums);
    sums = summed(wal, at + frameHeaderBytes, pageSize, sums);
    store(sums, at + 16);
  }
  return wal;
}

/** For logs of pages of 512 bytes; null for others, and for logs without a commit. */
function plainOverlay(wal: Buffer): Buffer | null {
  if (wal.length < headerBytes || ![0x377f0682, 0x377f0683].includes(wal.readUInt32BE(0)))
    return null;
  if (wal.readUInt32BE(4) !== 3_007_000 || wal.readUInt32BE(8) !== pageSize) return null;
  const isSum = (sums: Sums, at: number): boolean =>
    wal.readUInt32BE(at) === sums[0] && wal.readUInt32BE(at + 4) === sums[1];
  let sums = summed(wal, 0, 24, [0, 0]);
  if (!isSum(sums, 24)) return null;
  let committed: Buffer | null = null;
  const pages = new Map<number, Buffer>();
  for (let at = headerBytes; at + frameBytes <= wal.length; at += frameBytes) {
    sums = summed(wal, at, 8, sums);
    sums = summed(wal, at + frameHeaderBytes, pageSize, sums);
    const isOfLog = wal.subarray(at + 8, at + 16).equals(wal.subarray(16, 24));
    if (!isOfLog || !isSum(sums, at + 16) || wal.readUInt32BE(at) === 0) break;
    pages.set(wal.readUInt32BE(at), wal.subarray(at + frameHeaderBytes, at + frameBytes));
    const count = wal.readUInt32BE(at + 4);
    if (count === 0 || count > mostPages) continue;
    committed = Buffer.concat(
      Array.from({ length: count }, (_, index) => {
        const page = main.subarray(index * pageSize, (index + 1) * pageSize);
        return pages.get(index + 1) ?? (page.length > 0 ? page : Buffer.alloc(pageSize));
      }),
    );
  }
  return committed;
}

/** Whether some frame would make an image of more than the test wants to make. */
function isLarge(wal: Buffer): boolean {
  for (let at = headerBytes; at + 8 <= wal.length; at += frameBytes) {
    if (wal.readUInt32BE(at + 4) > mostPages) return true;
  }
  return false;
}

export const wal: FuzzTarget = {
  name: 'wal',
  seeds: () => [
    logOf([
      [1, 0],
      [2, 4],
      [3, 0],
      [5, 6],
    ]),
    logOf([
      [1, 1],
      [2, 0],
    ]),
    logOf([
      [4, 4],
      [4, 2],
      [4, 4],
    ]),
  ],
  words: ['\0\0\0\x01', '\0\0\0\x02', '\0\0\x02\0', '\x37\x7f\x06'],
  repair: withChecksums,
  check: (input) => {
    const log = Buffer.from(input);
    let image: Uint8Array;
    try {
      image = overlayWal(main, log);
    } catch (thrown) {
      assert.ok(thrown instanceof TraceError && thrown.code === 'too-large', String(thrown));
      return ['too large'];
    }
    assert.ok(
      main.every((byte) => byte === 0x6d),
      'the main file was changed',
    );
    const isOtherSize = log.length >= 12 && log.readUInt32BE(8) !== pageSize;
    if (isOtherSize || isLarge(log)) return [image === main ? 'as it was' : 'another size'];
    const expected = plainOverlay(log);
    assert.ok(Buffer.from(image).equals(expected ?? main), 'not as the plain reading');
    return [
      expected ? `${expected.length / pageSize} pages` : 'as it was',
      `${(log.length / 64) | 0}`,
    ];
  },
};
