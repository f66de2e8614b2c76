/** Failures that a user can meet, in a form that survives every process boundary. */

export type TraceErrorCode =
  | 'not-found'
  | 'no-permission'
  | 'empty'
  | 'not-a-database'
  | 'not-a-trace'
  | 'corrupt'
  | 'too-large'
  /** Larger than the set size: may be opened after asking. */
  | 'confirm-size'
  | 'too-new'
  /** Another process is in the middle of writing (a non-empty rollback journal). */
  | 'busy'
  | 'key-needed'
  | 'key-wrong'
  | 'cancelled'
  | 'timeout'
  /** The other side of the channel is gone. */
  | 'closed'
  | 'invalid'
  | 'internal';

/** `message` is a sentence for the user: what happened and what to do. `detail` is for the log. */
export class TraceError extends Error {
  override readonly name = 'TraceError';

  constructor(
    readonly code: TraceErrorCode,
    message: string,
    readonly detail: string | null = null,
  ) {
    super(message);
  }
}

/** A {@link TraceError} as it travels in a message. */
export interface SerializedError {
  readonly code: TraceErrorCode;
  readonly message: string;
  readonly detail: string | null;
}

/** Anything thrown, as a {@link TraceError}: sql.js throws strings too. */
export function toTraceError(thrown: unknown): TraceError {
  if (thrown instanceof TraceError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new TraceError(
    'internal',
    'Something went wrong inside LLM Stream Inspector. The log ("LLM Stream: Show Log") has the details.',
    error.stack ?? error.message,
  );
}

export function serializeError(thrown: unknown): SerializedError {
  const { code, message, detail } = toTraceError(thrown);
  return { code, message, detail };
}

export const deserializeError = (error: SerializedError): TraceError =>
  new TraceError(error.code, error.message, error.detail);
