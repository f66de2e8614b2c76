/** From a file, or its bytes, to a trace that can be asked: the way of every trace, in every process. */
import { basename } from 'node:path';
import type { StallRule } from '../model/metrics.js';
import { TraceError } from '../protocol/errors.js';
import type { OpenParams } from '../protocol/storeMessages.js';
import { damageNotices } from './source/damage.js';
import { Database } from './database.js';
import { assertComplete, assertDatabase, assertUtf8 } from './source/databaseHeader.js';
import { assertSize, readSnapshot } from './source/snapshot.js';
import { TraceQueries } from './traceQueries.js';
import type { TraceReader } from './traceReader.js';
import { clearWalFlag } from './source/walOverlay.js';

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

/** Of the whole opening, as measured with large files. */
const readingShare = 0.6;

/**
 * @throws TraceError for whatever keeps the trace from being opened.
 */
export async function openTrace(options: OpenTraceOptions): Promise<TraceQueries> {
  const { source, openReader, signal, onProgress } = options;
  const fileName = source.kind === 'path' ? basename(source.path) : basename(source.fileName);
  const image = await readImage(options, fileName);
  assertComplete(image, fileName);
  assertUtf8(image, fileName);
  onProgress?.(readingShare, 'Looking for runs…');
  const database = await Database.open(image);
  try {
    const notices = damageNotices(database);
    const reader = await openReader(database, { keys: options.keys ?? [] });
    if (signal?.aborted) throw new TraceError('cancelled', 'Cancelled.');
    return new TraceQueries({
      reader,
      fileName,
      generation: options.generation ?? 1,
      stallRule: options.stallRule,
      notices,
    });
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

async function readImage(options: OpenTraceOptions, fileName: string): Promise<Uint8Array> {
  const { source, confirmAboveBytes, signal, onProgress } = options;
  if (source.kind === 'bytes') {
    assertDatabase(source.bytes, fileName);
    assertSize(source.bytes.length, confirmAboveBytes, fileName);
    clearWalFlag(source.bytes);
    return source.bytes;
  }
  return readSnapshot(source.path, {
    ...(confirmAboveBytes === undefined ? {} : { confirmAboveBytes }),
    ...(signal ? { signal } : {}),
    onProgress: (fraction) => onProgress?.(fraction * readingShare, 'Reading the file…'),
  });
}
