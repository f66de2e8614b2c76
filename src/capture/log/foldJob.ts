/** Putting a log into its trace: what the fold worker does. Reads both, and writes a third file beside them. */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename } from 'node:path';
import { TraceWriter } from '../../store/native/traceWriter.js';
import { assertDatabase } from '../../store/source/databaseHeader.js';
import { clearWalFlag } from '../../store/source/walOverlay.js';
import { EventApplier } from '../../store/log/applyEvents.js';
import { interruptOpenCalls } from '../../store/log/interruptOpenCalls.js';
import { logSuffix, longestLine } from '../../store/log/logLines.js';
import { parseLog } from '../../store/log/parseLog.js';
import type { TraceEvent } from '../../store/log/traceEvent.js';
import { privateMode, temporaryPath } from '../../store/log/temporaryFiles.js';

export interface FoldJob {
  readonly tracePath: string;
  /** Whether the trace is made when there is none: never while it is recorded, since its calls would be lost. */
  readonly mayMake: boolean;
  /** What is behind it in the log is left for the next time; null without a log: the trace is checked, or made. */
  readonly logEnd: number | null;
  /** How the recorder ended: nothing more will come for what is still open. Null while it records. */
  readonly interrupt: 'ended' | 'ended unexpectedly' | null;
  /** Whether other processes go first. */
  readonly inBackground: boolean;
}

export interface FoldResult {
  /** Written and synced; to be renamed to the trace's path. Null when there was nothing to be written. */
  readonly temporary: string | null;
  /** In the log. */
  readonly tokens: number;
  readonly calls: number;
  /** Calls that were still streaming. */
  readonly interrupted: number;
}

const pieceBytes = 1024 * 1024;

/** @throws TraceError, or an error of the file system; nothing is left then. */
export async function fold({ tracePath, ...job }: FoldJob): Promise<FoldResult> {
  const image = job.mayMake ? readIfThere(tracePath) : readFileSync(tracePath);
  const isNew = job.mayMake && image.length === 0;
  const writer = await (isNew ? TraceWriter.create() : openWriter(image, tracePath));
  try {
    const counted =
      job.logEnd === null ? nothing : applyLog(writer, tracePath + logSuffix, job.logEnd);
    const interrupted = job.interrupt ? interruptOpenCalls(writer, job.interrupt) : 0;
    const isUnchanged = job.logEnd === null && !isNew;
    const temporary = isUnchanged ? null : writeBeside(tracePath, writer.toBytes());
    return { ...counted, interrupted, temporary };
  } finally {
    writer.close();
  }
}

const nothing = { tokens: 0, calls: 0 };

/** Empty where there is no file. */
function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw thrown;
  }
}

async function openWriter(image: Buffer, tracePath: string): Promise<TraceWriter> {
  assertDatabase(image, basename(tracePath));
  clearWalFlag(image);
  return TraceWriter.fromBytes(image);
}

function applyLog(writer: TraceWriter, logPath: string, logEnd: number): typeof nothing {
  const applier = new EventApplier(writer);
  const calls = new Set<string>();
  let tokens = 0;
  const log = openSync(logPath, 'r');
  try {
    for (const events of readEvents(log, logEnd)) {
      applier.apply(events);
      for (const event of events) {
        if ('callId' in event) calls.add(event.callId);
        if (event.type === 'tokens') tokens += event.tokens.length;
      }
    }
  } finally {
    closeSync(log);
  }
  return { tokens, calls: calls.size };
}

/** In pieces, so that a log of any length costs the memory of one. */
export function* readEvents(descriptor: number, end: number): Generator<TraceEvent[]> {
  let piece = Buffer.allocUnsafe(pieceBytes);
  for (let at = 0; at < end;) {
    const length = readFully(descriptor, piece, at, Math.min(piece.length, end - at));
    const { events, validBytes } = parseLog(piece.subarray(0, length));
    yield events;
    if (validBytes > 0) at += validBytes;
    // A last line that was torn by a crash.
    else if (length < piece.length || at + length === end) return;
    else if (length <= longestLine) piece = Buffer.allocUnsafe(piece.length * 2);
    // No event is as long as this; what follows its end is read again.
    else at += length;
  }
}

function readFully(descriptor: number, into: Buffer, at: number, length: number): number {
  let done = 0;
  while (done < length) {
    const bytesRead = readSync(descriptor, into, done, length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

function writeBeside(tracePath: string, image: Uint8Array): string {
  const temporary = temporaryPath(tracePath);
  const descriptor = openSync(temporary, 'wx', privateMode);
  try {
    for (let done = 0; done < image.length;) {
      done += writeSync(descriptor, image, done, image.length - done);
    }
    keepMode(tracePath, descriptor);
    fsyncSync(descriptor);
    closeSync(descriptor);
    return temporary;
  } catch (thrown) {
    closeSync(descriptor);
    rmSync(temporary, { force: true });
    throw thrown;
  }
}

/** Who may read the trace stays as the user has set it. */
function keepMode(tracePath: string, descriptor: number): void {
  const mode = statSync(tracePath, { throwIfNoEntry: false })?.mode;
  if (mode !== undefined) fchmodSync(descriptor, mode & 0o777);
}
