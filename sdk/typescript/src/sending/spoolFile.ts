/** Lines that wait on disk, and are read from the beginning in pieces of whole lines. */
import { Buffer } from 'node:buffer';
import * as fs from 'node:fs';
import { promisify } from 'node:util';

const open = promisify(fs.open);
const write = promisify(fs.write);
const read = promisify(fs.read);
const stat = promisify(fs.fstat);
const close = promisify(fs.close);
const unlink = promisify(fs.unlink);

/** New, at the end, and readable by this user only. */
const newFile = ['ax+', 0o600] as const;
const lineFeed = 0x0a;
/** Longer lines are none that a capture takes. */
const longestLineBytes = 4 * 1024 * 1024;

export class SpoolFile {
  private offset = 0;

  private constructor(
    readonly path: string,
    private readonly file: number,
    private size: number,
  ) {}

  static async create(path: string): Promise<SpoolFile> {
    return new SpoolFile(path, await open(path, ...newFile), 0);
  }

  static createNow(path: string): SpoolFile {
    return new SpoolFile(path, fs.openSync(path, ...newFile), 0);
  }

  static async read(path: string): Promise<SpoolFile> {
    const file = await open(path, 'r');
    return new SpoolFile(path, file, (await stat(file)).size);
  }

  /** On disk: also of what is sent. */
  get bytes(): number {
    return this.size;
  }

  async append(lines: Buffer): Promise<void> {
    for (let from = 0; from < lines.length;) {
      from += (await write(this.file, lines, from)).bytesWritten;
    }
    this.size += lines.length;
  }

  /** Whole lines that are not sent yet, `mostBytes` unless one is longer; null when there are none. */
  async next(mostBytes: number): Promise<Buffer | null> {
    for (let length = mostBytes; this.offset < this.size; length *= 2) {
      const wanted = Math.min(length, this.size - this.offset);
      const { bytesRead, buffer } = await read(
        ...([this.file, Buffer.allocUnsafe(wanted), 0, wanted, this.offset] as const),
      );
      const end = buffer.subarray(0, bytesRead).lastIndexOf(lineFeed) + 1;
      if (end > 0) return buffer.subarray(0, end);
      // A process that was killed left half a line.
      if (bytesRead < length || length > longestLineBytes) this.offset += wanted;
    }
    return null;
  }

  advance(bytes: number): void {
    this.offset += bytes;
  }

  async remove(): Promise<void> {
    await close(this.file);
    await unlink(this.path);
  }

  /** At the end of the process, when nothing asynchronous gets its turn. */
  appendNow(lines: Buffer): void {
    // What was being written may be cut off in the middle of a line.
    fs.writeSync(this.file, '\n');
    for (let from = 0; from < lines.length;) from += fs.writeSync(this.file, lines, from);
  }

  /** For whoever finds it under its new name. */
  release(path: string): void {
    fs.closeSync(this.file);
    fs.renameSync(this.path, path);
  }
}
