/**
 * A capture's log as text: NDJSON, first a header and then one {@link TraceEvent} a line. A last line without
 * its end was torn by a crash, or is being written.
 */
import type { TraceEvent } from './traceEvent.js';

export const logSuffix = '-log';
export const logVersion = 1;
/** In bytes; a longer line is no event, and is left out. Room for a body of 16 MB with every byte escaped. */
export const longestLine = 64 * 1024 * 1024;

export interface LogHeader {
  readonly llmStreamLog: number;
  /** Random; another one means that the log was cut and begun anew. */
  readonly id: string;
  /**
   * The log that was cut; absent at the beginning of a capture. This one begins with what was behind `bytes`
   * of that one: whoever has read so far there misses nothing when he goes on here.
   */
  readonly previous?: { readonly id: string; readonly bytes: number };
}

export const encodeHeader = (id: string, previous?: LogHeader['previous']): string =>
  `${JSON.stringify({ llmStreamLog: logVersion, id, ...(previous ? { previous } : {}) } satisfies LogHeader)}\n`;

export const encodeEvent = (event: TraceEvent): string => `${JSON.stringify(event)}\n`;
