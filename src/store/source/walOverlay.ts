/**
 * The newest committed state of a SQLite database in WAL mode, as one image: the main file with the
 * committed frames of its write-ahead log laid over it. sql.js alone would open the main file without an
 * error, and show old rows.
 *
 * Source: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { TraceError } from '../../protocol/errors.js';

/** The header's salts change whenever the log is begun anew. */
export const walHeaderBytes = 32;
/** What SQLite in WebAssembly, and one buffer, can hold safely. */
export const largestImageBytes = 2 ** 31 - 1;
const frameHeaderBytes = 24;
const littleEndianMagic = 0x377f0682;
const bigEndianMagic = 0x377f0683;
const walVersion = 3_007_000;

interface WalHeader {
  readonly pageSize: number;
  /** Whether the words are little-endian over which checksums are taken. */
  readonly littleEndian: boolean;
  readonly checksum: Checksum;
}

type Checksum = readonly [number, number];

interface CommittedFrames {
  /** The database's size after the last commit. */
  readonly pageCount: number;
  /** Where the newest content of a page lies in the log, by page number. */
  readonly pages: ReadonlyMap<number, number>;
}

/**
 * The image of `main` with `wal` applied; neither is changed, `main` is returned as it is where there is
 * nothing to do. Frames behind the last valid commit are ignored: a torn tail, a transaction that has not
 * committed, frames of before the log was reset.
 */
export function overlayWal(main: Uint8Array, wal: Uint8Array): Uint8Array {
  const header = readWalHeader(wal);
  const committed = header && committedFrames(wal, header);
  if (!committed) return main;
  const { pageSize } = header;
  if (committed.pageCount * pageSize > largestImageBytes) throw tooLarge();
  const image = Buffer.alloc(committed.pageCount * pageSize);
  image.set(main.subarray(0, image.length));
  for (const [page, at] of committed.pages) {
    // Pages that a later commit cut off stay in the log.
    if (page <= committed.pageCount) {
      image.set(wal.subarray(at, at + pageSize), (page - 1) * pageSize);
    }
  }
  return image;
}

/**
 * Says in the header of an image that it is no longer in WAL mode, in place: everything is in it, and an
 * engine without a log file beside it need not look for one.
 */
export function clearWalFlag(image: Uint8Array): void {
  if (image[18] === 2) image[18] = 1;
  if (image[19] === 2) image[19] = 1;
}

export function tooLarge(): TraceError {
  return new TraceError(
    'too-large',
    'The trace is larger than 2 GB, which is more than can be opened. Delete runs that you do not need, or copy some into a smaller file.',
  );
}

function readWalHeader(wal: Uint8Array): WalHeader | null {
  if (wal.length < walHeaderBytes) return null;
  const view = viewOf(wal);
  const magic = view.getUint32(0);
  if (magic !== littleEndianMagic && magic !== bigEndianMagic) return null;
  if (view.getUint32(4) !== walVersion) return null;
  const pageSize = view.getUint32(8);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return null;
  const littleEndian = magic === littleEndianMagic;
  const checksum = extended([0, 0], view, 0, walHeaderBytes - 8, littleEndian);
  if (checksum[0] !== view.getUint32(24) || checksum[1] !== view.getUint32(28)) return null;
  return { pageSize, littleEndian, checksum };
}

/** Walks the frames while their salts and checksums hold; null when no transaction is committed in them. */
function committedFrames(wal: Uint8Array, header: WalHeader): CommittedFrames | null {
  const { pageSize, littleEndian } = header;
  const view = viewOf(wal);
  const frameBytes = frameHeaderBytes + pageSize;
  const pages = new Map<number, number>();
  const uncommitted = new Map<number, number>();
  let pageCount = 0;
  let checksum = header.checksum;
  for (let frame = walHeaderBytes; frame + frameBytes <= wal.length; frame += frameBytes) {
    const page = view.getUint32(frame);
    const sameSalts =
      view.getUint32(frame + 8) === view.getUint32(16) &&
      view.getUint32(frame + 12) === view.getUint32(20);
    if (!sameSalts || page === 0) break;
    const content = frame + frameHeaderBytes;
    checksum = extended(checksum, view, frame, 8, littleEndian);
    checksum = extended(checksum, view, content, pageSize, littleEndian);
    if (checksum[0] !== view.getUint32(frame + 16) || checksum[1] !== view.getUint32(frame + 20)) {
      break;
    }
    uncommitted.set(page, content);
    const sizeAfterCommit = view.getUint32(frame + 4);
    if (sizeAfterCommit === 0) continue;
    for (const [committedPage, at] of uncommitted) pages.set(committedPage, at);
    uncommitted.clear();
    pageCount = sizeAfterCommit;
  }
  return pageCount === 0 ? null : { pageCount, pages };
}

/** SQLite's checksum, a Fibonacci-like sum over pairs of 32-bit words, going on from `before`. */
function extended(
  before: Checksum,
  view: DataView,
  from: number,
  length: number,
  littleEndian: boolean,
): Checksum {
  let [first, second] = before;
  for (let at = from; at < from + length; at += 8) {
    first = (first + view.getUint32(at, littleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, littleEndian) + first) >>> 0;
  }
  return [first, second];
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
