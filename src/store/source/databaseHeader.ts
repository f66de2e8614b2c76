/**
 * Tells by the first bytes of a file why SQLite would not read it, in words better than SQLite's.
 *
 * Source: https://www.sqlite.org/fileformat2.html#the_database_header
 */
import { TraceError } from '../../protocol/errors.js';

const magic = 'SQLite format 3\0';
const headerBytes = 100;

/**
 * @throws TraceError `empty`, `not-a-database`, `corrupt`
 */
export function assertDatabase(bytes: Uint8Array, fileName: string): void {
  if (bytes.length === 0) {
    throw new TraceError(
      'empty',
      `${fileName} is empty. If a recorder has just begun it, try again when it has written something.`,
    );
  }
  const start = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  if (!start.startsWith(magic)) {
    const kind = isText(bytes.subarray(0, 512))
      ? 'it holds plain text. Open it as text instead'
      : 'it does not begin like a SQLite database. Choose another file';
    throw new TraceError('not-a-database', `${fileName} is not a trace: ${kind}.`);
  }
  if (bytes.length < headerBytes || pageSizeOf(bytes) === null) throw cutShort(fileName);
}

/**
 * @throws TraceError `corrupt` for an image that is shorter than its header says.
 */
export function assertComplete(image: Uint8Array, fileName: string): void {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  // Old writers leave the page count stale; it holds only where both counters agree.
  const pageCount = view.getUint32(24) === view.getUint32(92) ? view.getUint32(28) : 0;
  const pageSize = pageSizeOf(image) ?? 0;
  if (image.length < Math.max(pageCount, 1) * pageSize) throw cutShort(fileName);
}

/**
 * @throws TraceError `not-a-trace` for a database whose texts are UTF-16: they are read as the bytes that they are.
 */
export function assertUtf8(image: Uint8Array, fileName: string): void {
  // SQLite looks at the two lowest bits only.
  const encoding = new DataView(image.buffer, image.byteOffset, image.byteLength).getUint32(56) & 3;
  if (encoding !== 2 && encoding !== 3) return;
  throw new TraceError(
    'not-a-trace',
    `${fileName} stores its texts as UTF-16, which recorders of traces do not. Copy its rows into a new database with the encoding UTF-8, and open that.`,
  );
}

function cutShort(fileName: string): TraceError {
  return new TraceError(
    'corrupt',
    `${fileName} is cut short: its end is missing. If it is being copied or downloaded, wait until that has finished.`,
  );
}

function pageSizeOf(bytes: Uint8Array): number | null {
  const size = ((bytes[16] ?? 0) << 8) | (bytes[17] ?? 0);
  if (size === 1) return 65536;
  return size >= 512 && (size & (size - 1)) === 0 ? size : null;
}

/** Whether the bytes are UTF-8 (perhaps cut in a character) without control characters but white space. */
function isText(bytes: Uint8Array): boolean {
  const text = new TextDecoder('utf-8').decode(bytes, { stream: true });
  return !/[\uFFFD\0-\x08\x0E-\x1A\x1C-\x1F]/.test(text);
}
