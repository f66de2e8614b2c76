/**
 * Reads a database file, and the log beside it, as one consistent image while other processes go on
 * writing. Nothing is ever written, locked or created: not the file, not its -wal, no -shm.
 */
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TraceError } from '../../protocol/errors.js';
import { assertDatabase } from './databaseHeader.js';
import { fileError } from './fileErrors.js';
import {
  clearWalFlag,
  largestImageBytes,
  overlayWal,
  tooLarge,
  walHeaderBytes,
} from './walOverlay.js';

export interface SnapshotOptions {
  /** Files that are larger, with their log, are refused with `confirm-size`. */
  readonly confirmAboveBytes?: number;
  readonly signal?: AbortSignal;
  /** Called after every piece with the share that has been read, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** So that progress shows, and a cancel is heard, many times a second. */
const pieceBytes = 16 * 1024 * 1024;
/** About two seconds in all: the first ones for a commit in between, the last for a journal to go. */
const attempts = 25;
const longestPauseMs = 100;

/**
 * The newest committed state of the database at `path`.
 * @throws TraceError for everything that keeps the file from being read, each with its own sentence.
 */
export async function readSnapshot(
  path: string,
  options: SnapshotOptions = {},
): Promise<Uint8Array> {
  try {
    // SQLite keeps the log beside the file that a link leads to.
    const real = await realpath(path);
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await pause(Math.min(2 ** attempt, longestPauseMs));
      const image = await tryRead(real, options);
      if (image) return image;
    }
  } catch (thrown) {
    throw fileError(thrown, basename(path));
  }
  throw new TraceError(
    'busy',
    `Another program is in the middle of writing ${basename(path)}. Try again when it has finished; if it ` +
      `has crashed, open the file once with the program that wrote it, or with sqlite3, to repair it.`,
  );
}

/** Null when a writer was in the way, so that what was read may not belong together. */
async function tryRead(path: string, options: SnapshotOptions): Promise<Uint8Array | null> {
  await assertRegularFile(path);
  const file = await open(path, 'r');
  try {
    options.signal?.throwIfAborted();
    const before = await stateOf(file, path);
    if (before.journalHot) return null;
    assertDatabase(await readPiece(file, Buffer.alloc(512), 0), basename(path));
    assertSize(before.size + before.walSize, options.confirmAboveBytes, basename(path));
    const reading = new Reading(before.size + before.walSize, options);
    // The order matters: the log's header, the main file, the log, the header again. Whatever a checkpoint
    // moves into the main file after the first look is still in the log when that is read, as long as the
    // log has not been begun anew in between. Sizes are taken when they are used, for the same reason.
    const main = await reading.readAll(file);
    const wal = await withLog(path, (log) => reading.readAll(log));
    const after = await stateOf(file, path);
    if (!belongTogether(before, after)) return null;
    const image = wal ? overlayWal(main, wal) : main;
    clearWalFlag(image);
    return image;
  } finally {
    await file.close();
  }
}

async function assertRegularFile(path: string): Promise<void> {
  const stats = await stat(path);
  if (stats.isFile()) return;
  throw new TraceError(
    'not-a-database',
    stats.isDirectory()
      ? `${basename(path)} is a folder. Choose the trace file in it.`
      : // Opening a pipe would wait for ever.
        `${basename(path)} is not a regular file, so it cannot be a trace.`,
  );
}

/** @throws TraceError `too-large`, `confirm-size` */
export function assertSize(bytes: number, confirmAboveBytes = Infinity, fileName: string): void {
  if (bytes > largestImageBytes) throw tooLarge();
  if (bytes > confirmAboveBytes) {
    throw new TraceError(
      'confirm-size',
      `${fileName} has ${Math.round(bytes / 1e6)} MB and is read into memory as a whole. Open it all the same?`,
    );
  }
}

interface SourceState {
  readonly size: number;
  readonly modifiedNs: bigint;
  /** Whether another file has taken the place of the one that is open. */
  readonly replaced: boolean;
  readonly walSize: number;
  /** Hexadecimal; empty without a log. */
  readonly walHeader: string;
  readonly journalHot: boolean;
}

async function stateOf(file: FileHandle, path: string): Promise<SourceState> {
  const own = await file.stat({ bigint: true });
  const atPath = await stat(path, { bigint: true });
  const wal = await withLog(path, async (log) => ({
    size: (await log.stat()).size,
    header: (await readPiece(log, Buffer.alloc(walHeaderBytes), 0)).toString('hex'),
  }));
  return {
    size: Number(own.size),
    modifiedNs: own.mtimeNs,
    replaced: own.ino !== atPath.ino || own.dev !== atPath.dev,
    walSize: wal?.size ?? 0,
    walHeader: wal?.header ?? '',
    journalHot: await isJournalHot(`${path}-journal`),
  };
}

/**
 * With a log, only its header counts: the main file may change by checkpoints, whose pages are all in the
 * log, and the log may grow, by commits behind those that were read.
 */
function belongTogether(before: SourceState, after: SourceState): boolean {
  if (after.journalHot || after.replaced) return false;
  if (before.walHeader !== after.walHeader || after.walSize < before.walSize) return false;
  if (before.walHeader !== '') return true;
  return before.size === after.size && before.modifiedNs === after.modifiedNs;
}

/** A journal whose header is intact: a writer is at work on the main file, or died there. */
async function isJournalHot(path: string): Promise<boolean> {
  const first = await withFile(path, (journal) => readPiece(journal, Buffer.alloc(1), 0));
  return first !== null && first.length > 0 && first[0] !== 0;
}

const withLog = <T>(path: string, work: (log: FileHandle) => Promise<T>): Promise<T | null> =>
  withFile(`${path}-wal`, work);

/** Null when there is no such file. */
async function withFile<T>(
  path: string,
  work: (file: FileHandle) => Promise<T>,
): Promise<T | null> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

class Reading {
  private done = 0;

  constructor(
    private readonly total: number,
    private readonly options: SnapshotOptions,
  ) {}

  /** The whole file as long as it is now, or less when it becomes shorter. */
  async readAll(file: FileHandle): Promise<Buffer> {
    const { size } = await file.stat();
    // It may have grown since its size was checked.
    if (size > largestImageBytes) throw tooLarge();
    const bytes = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      this.options.signal?.throwIfAborted();
      const piece = await readPiece(file, bytes.subarray(length, length + pieceBytes), length);
      if (piece.length === 0) break;
      length += piece.length;
      this.done += piece.length;
      this.options.onProgress?.(Math.min(1, this.done / this.total));
    }
    return bytes.subarray(0, length);
  }
}

async function readPiece(file: FileHandle, into: Buffer, position: number): Promise<Buffer> {
  const { bytesRead } = await file.read(into, 0, into.length, position);
  return into.subarray(0, bytesRead);
}
