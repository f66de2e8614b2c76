/**
 * A capture's log as text: NDJSON, first a header and then one {@link TraceEvent} a line. A last line without
 * its end was torn by a crash, or is being written.
 */
import type { TraceEvent } from './traceEvent.js';

export const logSuffix = '-log';
export const logVersion = 1;

export interface LogHeader {
  readonly llmStreamLog: number;
  /** Random; another one means that the log was cut and begun anew. */
  readonly id: string;
}

export const encodeHeader = (id: string): string =>
  `${JSON.stringify({ llmStreamLog: logVersion, id } satisfies LogHeader)}\n`;

export const encodeEvent = (event: TraceEvent): string => `${JSON.stringify(event)}\n`;
