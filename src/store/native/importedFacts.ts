/** What a trace of another recorder says of a call and the schema has no column for: `imported` in the call's data. */
import type { RecordedCall } from '../traceReader.js';
import { amountOf, memberOf } from '../rowValues.js';
import type { SqlValue } from '../database.js';

export const importedName = 'imported';
/** Bytes of the data of a call in which it is looked for. */
export const longestImportedData = 65_536;

/** `data` is parsed. Of a call that was recorded here, when its request was sent is always known. */
export function importedFacts(data: unknown): {
  readonly requestTimeKnown: boolean;
  readonly recorded: Pick<RecordedCall['recorded'], 'effectiveTokensPerSecond'>;
} {
  const imported = memberOf(data, importedName);
  const rate = amountOf(memberOf(imported, 'tokens_per_second') as SqlValue | undefined);
  return {
    requestTimeKnown: memberOf(imported, 'request_time_known') !== false,
    recorded: rate === null ? {} : { effectiveTokensPerSecond: rate },
  };
}
