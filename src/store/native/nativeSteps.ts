/** Steps and calls out of native rows. */
import type { ClockSource, TokenCountSource } from '../../model/provenance.js';
import {
  type Call,
  type CallState,
  callErrorCodes,
  callStates,
  type Step,
  type StepKey,
  type StepType,
  stepKey,
  stepTypes,
} from '../../model/trace.js';
import { type Microseconds, epochMicroseconds, microseconds } from '../../model/units.js';
import type { SqlRow, SqlValue } from '../database.js';
import { amountOf, jsonOf, keyOf, memberOf, oneOf, textColumn, textOf } from '../rowValues.js';
import type { RecordedCall, RecordedStep } from '../traceReader.js';
import { stageColumn, stageOf } from './nativeStage.js';
import { curveOf, gapsOf, longestListBytes } from './shapeColumns.js';
import { importedFacts } from './importedFacts.js';

const clockSources: readonly ClockSource[] = ['proxy', 'sdk', 'server', 'imported', 'order-only'];
const tokenCountSources: readonly TokenCountSource[] = ['usage', 'logprobs', 'estimate', 'chunks'];
const failedStates: readonly CallState[] = ['failed', 'truncated', 'interrupted'];

/** Events with more data have it shown in their details, but no line of summary. */
const summarisedBytes = 65_536;
const longestSummary = 300;

export const stepColumns = `steps.step_key AS step_key, ${textColumn('steps.step_id')} AS step_id,
  (SELECT parent.step_key FROM steps AS parent
    WHERE parent.step_key = steps.parent_step_key AND parent.run_key = steps.run_key) AS parent_step_key,
  ${textColumn('steps.type')} AS type, ${textColumn('steps.name')} AS name,
  ${textColumn('steps.status')} AS status, steps.started_at_us AS started_at_us,
  steps.duration_us AS step_duration_us,
  CASE WHEN length(CAST(steps.data AS BLOB)) <= ${summarisedBytes} THEN CAST(steps.data AS BLOB)
  ELSE (${stageColumn}) END AS data`;

const callTexts = [
  'provider',
  'wire_format',
  'model',
  'state',
  'finish_reason',
  'error_code',
  'error_message',
  'token_count_source',
  'clock_source',
];
const callNumbers = [
  'call_key',
  'streaming',
  'http_status',
  'ttfc_us',
  'ttft_us',
  'ttfo_us',
  'last_token_us',
  'duration_us',
  'icl_p50_us',
  'icl_p90_us',
  'icl_p95_us',
  'icl_p99_us',
  'icl_max_us',
  'prompt_tokens',
  'completion_tokens',
  'chunk_count',
  'sample_rate',
  'aggregated',
  'aggregated_at_us',
  'burst_count',
  'gap_count',
];
const callLists = ['longest_gaps', 'rate_curve'];

export const callColumns = [
  ...callTexts.map((column) => `${textColumn(`llm_calls.${column}`)} AS ${column}`),
  ...callNumbers.map((column) => `llm_calls.${column} AS ${column}`),
  ...callLists.map(
    (column) => `${textColumn(`llm_calls.${column}`, longestListBytes)} AS ${column}`,
  ),
].join(', ');

export function nativeStep(key: StepKey, row: SqlRow, runStartedAtUs: number): RecordedStep {
  const isCall = row['call_key'] !== null || textOf(row['type']) === 'llm_call';
  const type: StepType = isCall ? 'llm_call' : (oneOf(row['type'], stepTypes) ?? 'custom');
  const status = textOf(row['status']);
  const parent = keyOf(row['parent_step_key']);
  const data = jsonOf(textOf(row['data']));
  const call = isCall ? nativeCall(row, data) : null;
  const startedAtUs = amountOf(row['started_at_us']) ?? 0;
  // Of a call from elsewhere, how long it took may be known, but not since when.
  const durationUs = call?.recorded.durationUs ?? time(row['step_duration_us']);
  return {
    key,
    id: textOf(row['step_id']) ?? '',
    parentKey: parent === null ? null : stepKey(parent),
    type,
    name: textOf(row['name']) || call?.model || (textOf(row['type']) ?? type),
    status,
    failed: call
      ? failedStates.includes(call.state)
      : type === 'error' || status === 'failed' || status === 'error',
    // A clock that was set back between the run's start and the step's must not lead out of the timeline.
    startUs: microseconds(Math.max(0, startedAtUs - runStartedAtUs)),
    durationUs,
    summary: call?.errorMessage ?? summaryOf(data),
    between: betweenOf(data),
    call,
    ...(type === 'stage' ? { stage: stageOf(data, startedAtUs, durationUs) } : {}),
  };
}

function nativeCall(row: SqlRow, data: unknown): RecordedCall {
  const storedTokens = amountOf(row['stored_tokens']) ?? 0;
  const durationUs = time(row['duration_us']);
  const receivedTokens = Math.max(amountOf(row['chunk_count']) ?? 0, storedTokens);
  const sampleRate = amountOf(row['sample_rate']) ?? 1;
  const imported = importedFacts(data);
  return {
    ...textsOf(row),
    streaming: row['streaming'] === 1 ? true : row['streaming'] === 0 ? false : null,
    state: oneOf(row['state'], callStates) ?? (durationUs === null ? 'streaming' : 'completed'),
    httpStatus: amountOf(row['http_status']),
    promptTokens: amountOf(row['prompt_tokens']),
    completionTokens: amountOf(row['completion_tokens']),
    tokenCountSource: oneOf(row['token_count_source'], tokenCountSources),
    clockSource: oneOf(row['clock_source'], clockSources) ?? 'unknown',
    storedTokens,
    receivedTokens,
    sampleRate: sampleRate <= 1 ? sampleRate : 1,
    ...aggregationOf(row),
    // Where all tokens are there, they tell.
    ...(row['aggregated'] === 1 || sampleRate < 1 || storedTokens < receivedTokens
      ? { rateCurve: curveOf(row), longestGaps: gapsOf(row) }
      : { rateCurve: null, longestGaps: null }),
    recorded: { ...recordedFigures(row, durationUs), ...imported.recorded },
    requestTimeKnown: imported.requestTimeKnown,
  };
}

function aggregationOf(row: SqlRow): Pick<RecordedCall, 'aggregated' | 'aggregatedAtUs'> {
  const aggregated = row['aggregated'] === 1;
  const atUs = amountOf(row['aggregated_at_us']);
  return {
    aggregated,
    aggregatedAtUs: aggregated && atUs !== null ? epochMicroseconds(atUs) : null,
  };
}

function textsOf(
  row: SqlRow,
): Pick<Call, 'model' | 'provider' | 'wireFormat' | 'finishReason' | 'errorCode' | 'errorMessage'> {
  return {
    model: textOf(row['model']),
    provider: textOf(row['provider']),
    wireFormat: textOf(row['wire_format']),
    finishReason: textOf(row['finish_reason']),
    errorCode: oneOf(row['error_code'], callErrorCodes),
    errorMessage: textOf(row['error_message']),
  };
}

function recordedFigures(row: SqlRow, durationUs: Microseconds | null): RecordedCall['recorded'] {
  const [p50, p90, p95, p99, max] = ['p50', 'p90', 'p95', 'p99', 'max'].map((name) =>
    amountOf(row[`icl_${name}_us`]),
  );
  const known = p50 != null && p90 != null && p95 != null && p99 != null && max != null;
  return {
    durationUs,
    ttfcUs: time(row['ttfc_us']),
    ttftUs: time(row['ttft_us']),
    ttfoUs: time(row['ttfo_us']),
    lastTokenUs: time(row['last_token_us']),
    icl: known ? { p50, p90, p95, p99, max } : null,
    burstCount: amountOf(row['burst_count']),
  };
}

/** One line from what an event says of itself. */
function summaryOf(data: unknown): string {
  for (const name of ['error', 'reason', 'summary', 'message']) {
    const value = memberOf(data, name);
    const text = typeof value === 'string' ? value : memberOf(value, 'message');
    if (typeof text === 'string' && text.trim() !== '') {
      return text.replace(/\s+/g, ' ').trim().slice(0, longestSummary);
    }
  }
  return '';
}

function betweenOf(data: unknown): Step['between'] {
  const from = memberOf(data, 'from');
  const to = memberOf(data, 'to');
  return typeof from === 'string' && typeof to === 'string' ? { from, to } : null;
}

function time(value: SqlValue | undefined): Microseconds | null {
  const amount = amountOf(value);
  return amount === null ? null : microseconds(amount);
}
