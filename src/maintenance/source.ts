/** A file that is copied: read as it is at this moment, whoever writes it, and never changed. */
import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { openReader } from '../formats/registry.js';
import { Database } from '../store/database.js';
import { lockState } from '../store/log/captureLock.js';
import { FollowedLog } from '../store/log/followedLog.js';
import { interruptOpenCalls } from '../store/log/interruptOpenCalls.js';
import { logSuffix } from '../store/log/logLines.js';
import { nativeVersion } from '../store/native/migrations.js';
import { TraceWriter } from '../store/native/traceWriter.js';
import { damageNotices } from '../store/source/damage.js';
import { assertComplete, assertUtf8 } from '../store/source/databaseHeader.js';
import { readSnapshot } from '../store/source/snapshot.js';
import type { TraceReader } from '../store/traceReader.js';
import { applyLogTo } from './foldedLog.js';

interface AnySource {
  readonly bytes: number;
  /** Sentences about the file itself. */
  readonly notices: readonly string[];
  close(): void;
}

/** Of the newest version, with nothing open in it. */
interface NativeSource extends AnySource {
  readonly native: TraceWriter;
  readonly foreign: null;
}

interface ForeignSource extends AnySource {
  readonly native: null;
  readonly foreign: TraceReader;
}

export type Source = NativeSource | ForeignSource;

/** @throws TraceError for whatever keeps the file from being read; `key-needed` for an encrypted one. */
export async function openSource(path: string, keys: readonly string[]): Promise<Source> {
  const real = await realpath(path).catch(() => path);
  // Before the file: what is moved into the file from now on is in the log that is open, too.
  const log = await FollowedLog.open(real + logSuffix);
  try {
    const image = await readSnapshot(path);
    assertComplete(image, basename(path));
    assertUtf8(image, basename(path));
    const database = await Database.open(image);
    try {
      const notices = damageNotices(database);
      const source = { bytes: image.length, close: () => database.close() };
      if ((nativeVersion(database) ?? 0) === 0) {
        return { ...source, notices, native: null, foreign: openReader(database, { keys }) };
      }
      const native = TraceWriter.over(database);
      notices.push(...(await withoutOpenCalls(native, real, log)));
      return { ...source, notices, native, foreign: null };
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  } finally {
    await log?.close();
  }
}

/** Nobody records into a copy. */
async function withoutOpenCalls(
  writer: TraceWriter,
  path: string,
  log: FollowedLog | null,
): Promise<string[]> {
  const isLive = (await lockState(path)) === 'held';
  const skipped = log ? await applyLogTo(writer, log) : 0;
  interruptOpenCalls(writer, isLive ? 'was copied' : 'ended unexpectedly');
  if (skipped === 0) return [];
  return [
    `Of the capture's log, ${skipped} ${skipped === 1 ? 'line' : 'lines'} could not be read.`,
  ];
}
