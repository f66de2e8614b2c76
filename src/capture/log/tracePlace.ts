/** The trace that is recorded, kept open, so that it can be written again when its folder vanishes. */
import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { renamePatiently } from '../../store/log/renamePatiently.js';
import { assertNoLog } from '../../store/native/traceFile.js';
import { copy } from './copyFile.js';
import { syncFolderOf } from '../../store/log/syncFolder.js';
import { isAtPath } from './placement.js';
import { privateMode, temporaryPath } from '../../store/log/temporaryFiles.js';

/** Asked in the last moment before a file takes the place of another. */
export type MayReplace = () => boolean;

export class TracePlace {
  private size: number;

  private constructor(
    private readonly path: string,
    private descriptor: number,
  ) {
    this.size = fstatSync(descriptor).size;
  }

  static open(path: string): TracePlace {
    return new TracePlace(path, openSync(path, 'r'));
  }

  get bytes(): number {
    return this.size;
  }

  isAtPath(): Promise<boolean> {
    return isAtPath(this.descriptor, this.path);
  }

  /** @throws TraceError `busy`; see {@link replaceTrace}. */
  async replaceWith(temporary: string, mayReplace: MayReplace): Promise<void> {
    // Windows does not replace a file that is open.
    if (process.platform === 'win32') this.close();
    try {
      await replaceTrace(this.path, temporary, mayReplace);
    } finally {
      this.openAgain();
    }
  }

  /** Writes the trace where it was, unless there is another one by now. */
  async restore(): Promise<void> {
    if (!existsSync(this.path)) {
      const temporary = temporaryPath(this.path);
      const file = await open(temporary, 'wx', privateMode);
      try {
        await copy({ from: this.descriptor, at: 0, to: file.fd, toAt: 0, bytes: this.bytes });
        await file.sync();
        await rename(temporary, this.path);
      } catch (thrown) {
        await rm(temporary, { force: true });
        throw thrown;
      } finally {
        await file.close();
      }
    }
    this.openAgain();
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
  }

  private openAgain(): void {
    const descriptor = openSync(this.path, 'r');
    this.close();
    this.descriptor = descriptor;
    this.size = fstatSync(descriptor).size;
  }
}

/** @throws TraceError `busy` while another program has the database open with rows that are only in its log. */
export async function replaceTrace(
  path: string,
  temporary: string,
  mayReplace: MayReplace,
): Promise<void> {
  try {
    await assertNoLog(path);
    if (!mayReplace()) throw new Error('The lock of the trace has been lost.');
    await renamePatiently(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
  await syncFolderOf(path);
}
