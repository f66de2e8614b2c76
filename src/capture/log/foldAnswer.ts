/** What the fold worker says, as a message between processes: errors lose their codes in one. */
import {
  type SerializedError,
  TraceError,
  deserializeError,
  serializeError,
} from '../../protocol/errors.js';
import type { FoldResult } from './foldJob.js';

export type FoldAnswer =
  | { readonly result: FoldResult }
  | { readonly traceError: SerializedError }
  | { readonly code: string | undefined; readonly message: string };

export function failureOf(thrown: unknown): FoldAnswer {
  if (thrown instanceof TraceError) return { traceError: serializeError(thrown) };
  const { code, message } = thrown as NodeJS.ErrnoException;
  return { code, message };
}

/** @throws what the worker met: a TraceError, or an error with the code of the file system. */
export function resultOf(answer: FoldAnswer): FoldResult {
  if ('result' in answer) return answer.result;
  if ('traceError' in answer) throw deserializeError(answer.traceError);
  throw Object.assign(new Error(answer.message), { code: answer.code });
}
