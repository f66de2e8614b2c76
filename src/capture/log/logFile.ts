/**
 * The file `FILE.llmtrace-log`: lines are appended to it and stay whole, whatever the disk does. It is cut by
 * putting another one in its place that holds only the lines that are still needed.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { encodeHeader } from '../../store/log/logLines.js';
import { copy, copyNow, datasync } from './copyFile.js';
import { isAtPath } from './placement.js';
import { privateMode, temporaryPath } from '../../store/log/temporaryFiles.js';

/** Like {@link writeSync}; replaced by tests whose disk is full. */
export type Write = (
  descriptor: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => number;

export interface WriteResult {
  /** How many of the lines are in the file now: the first ones. */
  readonly lines: number;
  /** Why it is not all of them; null when it is. */
  readonly error: unknown;
}

const newline = 0x0a;
/** Of the tail that is copied while nothing else can be written: well below a millisecond. */
const lastPieceBytes = 64 * 1024;
const mostRounds = 8;

export class LogFile {
  private id = '';
  private descriptor = -1;
  private headerBytes = 0;
  private length = 0;
  private isDirty = false;
  /** There is something behind the last whole line. */
  private isTorn = false;
  private syncing: Promise<void> | null = null;

  private constructor(
    readonly path: string,
    private readonly writeBytes: Write,
  ) {}

  /** A new log in the place of whatever is there. */
  static async begin(path: string, writeBytes: Write = writeSync): Promise<LogFile> {
    const log = new LogFile(path, writeBytes);
    await log.replace(0, () => true);
    return log;
  }

  /** In bytes; up to the end of the last whole line. */
  get size(): number {
    return this.length;
  }

  /** Where the first event is. */
  get start(): number {
    return this.headerBytes;
  }

  get needsSync(): boolean {
    return this.isDirty;
  }

  isAtPath(): Promise<boolean> {
    return isAtPath(this.descriptor, this.path);
  }

  /** Each line with its end. Never throws. */
  write(lines: readonly string[]): WriteResult {
    const bytes = Buffer.from(lines.join(''), 'utf8');
    let done = 0;
    try {
      if (this.isTorn) this.cutTornLine();
      while (done < bytes.length) {
        const left = bytes.length - done;
        done += this.writeBytes(this.descriptor, bytes, done, left, this.length + done);
      }
      this.isDirty = true;
      this.length += done;
      return { lines: lines.length, error: null };
    } catch (error) {
      // Readers have perhaps seen the lines that are whole: these stay. The torn one must not.
      const whole = done === 0 ? 0 : bytes.lastIndexOf(newline, done - 1) + 1;
      this.isDirty ||= whole > 0;
      this.length += whole;
      this.isTorn = true;
      this.tryToCutTornLine();
      return { lines: linesIn(bytes.subarray(0, whole)), error };
    }
  }

  /** What was written reaches the disk; one at a time. */
  async sync(): Promise<void> {
    if (this.syncing || !this.isDirty) return;
    this.isDirty = false;
    this.syncing = datasync(this.descriptor);
    try {
      await this.syncing;
    } catch (thrown) {
      this.isDirty = true;
      throw thrown;
    } finally {
      this.syncing = null;
    }
  }

  /**
   * Puts a new log in the place of this one that begins with what is behind `from`; lines that are written
   * meanwhile are in it, too. `mayReplace` is asked in the very last moment.
   */
  async replace(from: number, mayReplace: () => boolean): Promise<void> {
    const id = randomBytes(16).toString('hex');
    const previous = this.descriptor < 0 ? undefined : { id: this.id, bytes: from };
    const header = Buffer.from(encodeHeader(id, previous), 'utf8');
    const temporary = temporaryPath(this.path);
    const next = openSync(temporary, 'wx+', privateMode);
    try {
      writeSync(next, header);
      const copied = await this.copyTail(from, next, header.length);
      await this.whenSynced();
      if (!mayReplace()) throw new Error('The lock of the trace has been lost.');
      copyNow(this.tail(copied, next, header.length + copied - from));
      this.renameOver(temporary);
    } catch (thrown) {
      closeSync(next);
      await rm(temporary, { force: true });
      throw thrown;
    }
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = next;
    this.id = id;
    this.headerBytes = header.length;
    this.length = header.length + this.length - from;
    this.isDirty = true;
  }

  async close(): Promise<void> {
    await this.whenSynced();
    closeSync(this.descriptor);
  }

  /**
   * In rounds, while lines are written, until the rest is small enough to be copied at once: a writer that is
   * faster than copying has to wait in the end.
   */
  private async copyTail(from: number, to: number, toAt: number): Promise<number> {
    let copied = from;
    for (let round = 0; round < mostRounds && this.length - copied > lastPieceBytes; round++) {
      const range = this.tail(copied, to, toAt + copied - from);
      await copy(range);
      // Most of it in the first round: what follows is quick.
      if (round === 0) await datasync(to);
      copied += range.bytes;
    }
    return copied;
  }

  private tail(at: number, to: number, toAt: number): Parameters<typeof copyNow>[0] {
    return { from: this.descriptor, at, to, toAt, bytes: this.length - at };
  }

  private renameOver(temporary: string): void {
    // Windows does not replace a file that is open; a reader who has it open makes us try again later.
    const mustClose = process.platform === 'win32' && this.descriptor >= 0;
    if (mustClose) closeSync(this.descriptor);
    try {
      renameSync(temporary, this.path);
      if (mustClose) this.descriptor = -1;
    } catch (thrown) {
      if (mustClose) this.descriptor = openSync(this.path, 'r+');
      throw thrown;
    }
  }

  private async whenSynced(): Promise<void> {
    while (this.syncing) await this.syncing.catch(() => undefined);
  }

  private cutTornLine(): void {
    ftruncateSync(this.descriptor, this.length);
    this.isTorn = false;
  }

  private tryToCutTornLine(): void {
    try {
      this.cutTornLine();
    } catch {
      // Before anything else is written it is tried again.
    }
  }
}

function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}
