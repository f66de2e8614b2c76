/** A log, or a piece of one that begins with a line, as events. Whatever is in it, nothing but its version is refused. */
import { TraceError } from '../../protocol/errors.js';
import { jsonOf, memberOf } from '../rowValues.js';
import { type LogHeader, logVersion, longestLine } from './logLines.js';
import { readEvent } from './readEvent.js';
import type { TraceEvent } from './traceEvent.js';

export interface ParsedLog {
  /** Null when the bytes do not begin with one. */
  readonly header: LogHeader | null;
  readonly events: TraceEvent[];
  /** Up to the end of the last whole line. What is behind it was torn by a crash, or is being written. */
  readonly validBytes: number;
  /** Whole lines that are no event. */
  readonly skipped: number;
}

const newline = 0x0a;
const decoder = new TextDecoder();

/** @throws TraceError `too-new` for a log of a later release. */
export function parseLog(bytes: Uint8Array): ParsedLog {
  const events: TraceEvent[] = [];
  let header: LogHeader | null = null;
  let skipped = 0;
  let start = 0;
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
    const value = end - start > longestLine ? undefined : lineOf(bytes.subarray(start, end));
    const event = readEvent(value);
    if (event) events.push(event);
    else if (start === 0 && (header = readHeader(value)) !== null) assertKnown(header);
    else skipped++;
    start = end + 1;
  }
  return { header, events, validBytes: start, skipped };
}

const lineOf = (bytes: Uint8Array): unknown => jsonOf(decoder.decode(bytes));

function readHeader(value: unknown): LogHeader | null {
  const llmStreamLog = memberOf(value, 'llmStreamLog');
  const id = memberOf(value, 'id');
  if (typeof llmStreamLog !== 'number' || typeof id !== 'string') return null;
  const previous = memberOf(value, 'previous');
  const previousId = memberOf(previous, 'id');
  const bytes = memberOf(previous, 'bytes');
  const isKnown = typeof previousId === 'string' && typeof bytes === 'number';
  return { llmStreamLog, id, ...(isKnown ? { previous: { id: previousId, bytes } } : {}) };
}

function assertKnown({ llmStreamLog: version }: LogHeader): void {
  if (version <= logVersion) return;
  throw new TraceError(
    'too-new',
    `The log of this capture has format version ${version}; this LLM Stream Inspector reads up to version ` +
      `${logVersion}. Update the extension to open it.`,
  );
}
