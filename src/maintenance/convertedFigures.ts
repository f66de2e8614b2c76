/** The figures of a converted call, as its columns hold them. */
import { countEmptyTokens } from '../model/content.js';
import type { TokenColumns } from '../model/tokens.js';
import { microseconds } from '../model/units.js';
import { callMetrics } from '../store/callMetrics.js';
import type { SqlValue } from '../store/database.js';
import { storedFigures } from '../store/native/storedFigures.js';
import type { RecordedCall } from '../store/traceReader.js';

/** Stalls are not stored: the reader counts them by its own rule. */
const anyStallRule = { minimumUs: microseconds(Infinity), medianFactor: Infinity };

export function convertedFigures(
  call: RecordedCall,
  columns: TokenColumns,
): Record<string, SqlValue> {
  const received = call.receivedTokens - countEmptyTokens(columns);
  const metrics = callMetrics(call, columns, received, anyStallRule);
  const { ttfcUs, durationUs } = call.recorded;
  return {
    ttfc_us: ttfcUs === null ? null : Math.round(ttfcUs),
    duration_us: durationUs === null ? null : Math.round(durationUs),
    ...storedFigures(metrics, {}),
  };
}
