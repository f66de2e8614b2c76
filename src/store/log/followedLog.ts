/**
 * A capture's log, read as far as it goes, and then whatever is appended. Nothing is kept open in between: on
 * Windows, a file that is open cannot be replaced.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileError } from '../source/fileErrors.js';
import { type LogHeader, longestLine } from './logLines.js';
import { parseLog } from './parseLog.js';
import type { TraceEvent } from './traceEvent.js';

export type LogReading =
  /** All that is there now has been read. */
  | 'read'
  /** There is no log any more. */
  | 'gone'
  /** It was cut more than once since the last reading, or is another one: events may be missing. */
  | 'gap';

const pieceBytes = 1024 * 1024;
const headerBytes = 512;
const newline = 0x0a;

export class FollowedLog {
  /** Of the log that was read last; null until its header has been read. */
  private id: string | null = null;
  private position = 0;
  /** In the middle of a line that is too long for an event. */
  private inLongLine = false;
  private seen = '';
  /** Lines that were no event. */
  skipped = 0;

  private constructor(
    private readonly path: string,
    /** Until the first reading: what the trace had before it was cut is in the log that was there then. */
    private first: FileHandle | null,
  ) {}

  /** Null when there is no log. Open it before the trace is read; it is closed by the first reading. */
  static async open(path: string): Promise<FollowedLog | null> {
    const file = await openFile(path);
    return file && new FollowedLog(path, file);
  }

  async close(): Promise<void> {
    await this.first?.close();
    this.first = null;
  }

  async size(): Promise<number> {
    return this.first ? (await this.first.stat()).size : 0;
  }

  /** Whether there may be something to read; costs one look at the directory. */
  async hasChanged(): Promise<boolean> {
    const key = await stateOf(this.path);
    const changed = key !== this.seen;
    this.seen = key;
    return changed;
  }

  /**
   * Hands on the events that came since the last reading, in pieces.
   * @throws TraceError `too-new`, and those of the file system.
   */
  async read(onEvents: (events: TraceEvent[]) => void, signal?: AbortSignal): Promise<LogReading> {
    try {
      const file = this.first ?? (await openFile(this.path));
      this.first = null;
      if (!file) return 'gone';
      try {
        if (!(await this.findPlace(file))) return 'gap';
        await this.readPieces(file, onEvents, signal);
        return 'read';
      } finally {
        await file.close();
      }
    } catch (thrown) {
      throw fileError(thrown, basename(this.path));
    }
  }

  /** False when what was read does not go on here. */
  private async findPlace(file: FileHandle): Promise<boolean> {
    const { size } = await file.stat();
    const { header } = parseLog(await readPiece(file, Buffer.alloc(headerBytes), 0));
    if (header && header.id !== this.id) {
      if (!this.isContinuedBy(header)) return false;
      this.id = header.id;
      this.startAnew();
    }
    // It was written anew. What was read of it is only read again.
    if (size < this.position) this.startAnew();
    return true;
  }

  private isContinuedBy({ previous }: LogHeader): boolean {
    if (this.id === null) return this.position === 0;
    return previous?.id === this.id && previous.bytes <= this.position;
  }

  private startAnew(): void {
    this.position = 0;
    this.inLongLine = false;
  }

  private async readPieces(
    file: FileHandle,
    onEvents: (events: TraceEvent[]) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let buffer = Buffer.allocUnsafe(Math.min(pieceBytes, await this.left(file)));
    for (;;) {
      signal?.throwIfAborted();
      const piece = await readPiece(file, buffer, this.position);
      if (piece.length === 0) return;
      if (this.inLongLine) {
        this.skipLongLine(piece);
        continue;
      }
      const { events, validBytes, skipped } = parseLog(piece);
      this.position += validBytes;
      this.skipped += skipped;
      if (events.length > 0) onEvents(events);
      // What is behind the last whole line is read again when its end is there.
      if (validBytes > 0) continue;
      if (piece.length < buffer.length || (await this.left(file)) <= piece.length) return;
      if (piece.length > longestLine) this.inLongLine = true;
      else buffer = Buffer.allocUnsafe(longerThan(buffer.length));
    }
  }

  private async left(file: FileHandle): Promise<number> {
    return Math.max(0, (await file.stat()).size - this.position);
  }

  private skipLongLine(piece: Buffer): void {
    const end = piece.indexOf(newline);
    this.position += end < 0 ? piece.length : end + 1;
    if (end < 0) return;
    this.inLongLine = false;
    this.skipped++;
  }
}

async function openFile(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(thrown, basename(path));
  }
}

async function readPiece(file: FileHandle, buffer: Buffer, position: number): Promise<Buffer> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  return buffer.subarray(0, bytesRead);
}

async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs].join();
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code ?? String(thrown);
  }
}

const longerThan = (length: number): number =>
  Math.min(Math.max(4 * length, pieceBytes), longestLine + 1);
