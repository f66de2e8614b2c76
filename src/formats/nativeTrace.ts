/** The product's own traces (`*.llmtrace`), recognised by the application_id in SQLite's header. */
import { nativeVersion } from '../store/native/migrations.js';
import { NativeReader } from '../store/native/nativeReader.js';
import type { TraceFormat } from './format.js';

export const nativeTrace: TraceFormat = {
  label: 'LLM Stream traces',
  sign: 'an application_id of “LLMT”',
  recognises: (database) => (nativeVersion(database) ?? 0) > 0,
  open: (database) => NativeReader.open(database),
};
