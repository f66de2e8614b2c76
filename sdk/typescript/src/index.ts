import type { Trace } from './api.js';
import { sharedTrace } from './trace.js';

export type {
  LlmCall,
  LlmEnd,
  LlmRequest,
  LlmStream,
  Placement,
  Run,
  RunOptions,
  Step,
  StepEnding,
  StepOptions,
  StreamSource,
  StreamedText,
  TokenOptions,
  Trace,
  TraceOptions,
  TraceStreamRequest,
} from './api.js';
export type { CallStatus, StepType, TokenKind } from './wire.js';

/** One for the whole process. */
export const trace: Trace = sharedTrace();
export const traceStream: Trace['traceStream'] = (source, request) =>
  trace.traceStream(source, request);
