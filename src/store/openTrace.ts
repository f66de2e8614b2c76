/** From a file, or its bytes, to a trace that can be asked: the way of every trace, in every process. */
import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { StallRule } from '../model/metrics.js';
import { TraceError } from '../protocol/errors.js';
import type { OpenParams } from '../protocol/storeMessages.js';
import { Database } from './database.js';
import { LiveTrace } from './liveTrace.js';
import { type AppliedLog, applyLog } from './log/applyLog.js';
import { FollowedLog } from './log/followedLog.js';
import { logSuffix } from './log/logLines.js';
import { nativeVersion } from './native/migrations.js';
import { damageNotices } from './source/damage.js';
import { assertComplete, assertDatabase, assertUtf8 } from './source/databaseHeader.js';
import { assertSize, readSnapshot } from './source/snapshot.js';
import { clearWalFlag } from './source/walOverlay.js';
import { TraceQueries } from './traceQueries.js';
import type { TraceReader } from './traceReader.js';

/**
 * Recognises the format by content; the reader owns the database from then on. Given from outside, because
 * formats depend on the store and not the other way round.
 */
export type OpenReader = (
  database: Database,
  options: { readonly keys: readonly string[] },
) => TraceReader | Promise<TraceReader>;

export interface OpenTraceOptions {
  /** Bytes belong to the trace from now on. */
  readonly source: OpenParams['source'];
  readonly openReader: OpenReader;
  readonly stallRule: StallRule;
  /** Fernet keys to try on an encrypted trace. */
  readonly keys?: readonly string[];
  readonly confirmAboveBytes?: number;
  readonly generation?: number;
  readonly signal?: AbortSignal;
  /** The share that is done, 0 to 1, and what is being done. */
  readonly onProgress?: (fraction: number, what: string) => void;
}

export interface OpenedTrace {
  readonly queries: TraceQueries;
  /** Set while a capture writes the trace. */
  readonly live: LiveTrace | null;
}

/** Of the whole opening, as measured with large files. */
const readingShare = 0.6;

/**
 * The trace as it is now.
 * @throws TraceError for whatever keeps the trace from being opened.
 */
export async function openTrace(options: OpenTraceOptions): Promise<TraceQueries> {
  const { queries } = await openLiveTrace(options);
  return queries;
}

/**
 * The trace as it is now, and how to follow it.
 * @throws TraceError for whatever keeps the trace from being opened.
 */
export async function openLiveTrace(options: OpenTraceOptions): Promise<OpenedTrace> {
  const { source } = options;
  if (source.kind === 'bytes') return openWith(options, basename(source.fileName), null);
  // A capture keeps its log beside the file that a link leads to.
  const path = await realpath(source.path).catch(() => source.path);
  // Before the file: what a fold moves into the file from now on is in the log that is open, too.
  const log = await FollowedLog.open(path + logSuffix);
  try {
    return await openWith(options, basename(source.path), log && { path, log });
  } finally {
    await log?.close();
  }
}

interface LogBeside {
  /** Of the trace itself. */
  readonly path: string;
  readonly log: FollowedLog;
}

async function openWith(
  options: OpenTraceOptions,
  fileName: string,
  beside: LogBeside | null,
): Promise<OpenedTrace> {
  const { openReader, signal, onProgress } = options;
  const image = await readImage(options, fileName, beside);
  onProgress?.(readingShare, 'Looking for runs…');
  const database = await Database.open(image ?? undefined);
  try {
    const notices = image ? damageNotices(database) : [];
    const applied = await applyBeside(database, beside, image === null, signal);
    const reader = await openReader(database, { keys: options.keys ?? [] });
    if (signal?.aborted) throw new TraceError('cancelled', 'Cancelled.');
    const queries = new TraceQueries({
      reader,
      ...(applied ? { growing: applied.growing } : {}),
      fileName,
      generation: options.generation ?? 1,
      stallRule: options.stallRule,
      notices: () => [...notices, ...(applied?.notices() ?? [])],
    });
    const live =
      beside && applied?.isLive
        ? new LiveTrace(beside.path, queries, applied.applier, beside.log)
        : null;
    return { queries, live };
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** Only native traces are written with a log; a file of that name beside another one is something else. */
async function applyBeside(
  database: Database,
  beside: LogBeside | null,
  isNew: boolean,
  signal: AbortSignal | undefined,
): Promise<AppliedLog | null> {
  if (!beside || (!isNew && (nativeVersion(database) ?? 0) === 0)) return null;
  return applyLog(database, beside.path, beside.log, signal);
}

/** Null when there is only a log: the capture died before it was folded for the first time. */
async function readImage(
  options: OpenTraceOptions,
  fileName: string,
  beside: LogBeside | null,
): Promise<Uint8Array | null> {
  const { source, confirmAboveBytes, signal, onProgress } = options;
  if (source.kind === 'bytes') {
    assertDatabase(source.bytes, fileName);
    assertSize(source.bytes.length, confirmAboveBytes, fileName);
    clearWalFlag(source.bytes);
    return checked(source.bytes, fileName);
  }
  if (beside) assertSize(await beside.log.size(), confirmAboveBytes, fileName);
  try {
    const image = await readSnapshot(source.path, {
      ...(confirmAboveBytes === undefined ? {} : { confirmAboveBytes }),
      ...(signal ? { signal } : {}),
      onProgress: (fraction) => onProgress?.(fraction * readingShare, 'Reading the file…'),
    });
    return checked(image, fileName);
  } catch (thrown) {
    const isMissing = thrown instanceof TraceError && thrown.code === 'not-found';
    if (isMissing && beside && !(await exists(source.path))) return null;
    throw thrown;
  }
}

function checked(image: Uint8Array, fileName: string): Uint8Array {
  assertComplete(image, fileName);
  assertUtf8(image, fileName);
  return image;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
