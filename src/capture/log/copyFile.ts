/** Copies between open files, whole pieces at their positions. */
import { fdatasync, read, readSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const readAsync = promisify(read);
const writeAsync = promisify(write);
export const datasync = promisify(fdatasync);

const pieceBytes = 1024 * 1024;

export interface CopyRange {
  readonly from: number;
  readonly at: number;
  readonly to: number;
  readonly toAt: number;
  readonly bytes: number;
}

/** @throws an error of the file system, and for a source that is shorter than it was. */
export async function copy({ from, at, to, toAt, bytes }: CopyRange): Promise<void> {
  const piece = Buffer.allocUnsafe(Math.min(bytes, pieceBytes));
  for (let done = 0; done < bytes;) {
    const length = Math.min(piece.length, bytes - done);
    const { bytesRead } = await readAsync(from, piece, 0, length, at + done);
    if (bytesRead === 0) throw new Error('The file became shorter while it was copied.');
    for (let put = 0; put < bytesRead;) {
      const result = await writeAsync(to, piece, put, bytesRead - put, toAt + done + put);
      put += result.bytesWritten;
    }
    done += bytesRead;
  }
}

/** For the few bytes during which nothing else may happen. */
export function copyNow({ from, at, to, toAt, bytes }: CopyRange): void {
  const piece = Buffer.allocUnsafe(bytes);
  for (let done = 0; done < bytes;) {
    const bytesRead = readSync(from, piece, done, bytes - done, at + done);
    if (bytesRead === 0) throw new Error('The file became shorter while it was copied.');
    done += bytesRead;
  }
  for (let done = 0; done < bytes;) {
    done += writeSync(to, piece, done, bytes - done, toAt + done);
  }
}
