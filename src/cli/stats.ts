/** `llm-stream stats FILE [--json]`: the figures of every run and call. */
import {
  callLabel,
  formatDateTime,
  formatDuration,
  formatStalls,
  keptWords,
  partialSentence,
  unknownFigure,
} from '../model/formatting.js';
import { isSampled, outputTokens } from '../model/latency.js';
import type { Percentiles } from '../model/percentiles.js';
import { runMetrics } from '../model/runMetrics.js';
import type { Call, RunSummary, Step, StepKey } from '../model/trace.js';
import { type EpochMicroseconds, microseconds } from '../model/units.js';
import { responseText } from '../store/native/responseText.js';
import type { TraceQueries } from '../store/traceQueries.js';
import { millisecondsOf, rounded } from '../model/jsonFigures.js';
import { escapeControls, jsonLine, tableLines } from './terminalText.js';

export function* statsJson(trace: TraceQueries): Generator<string> {
  const { runs } = trace.summary();
  // One run after the other: the responses of a large trace need not be in memory at once.
  yield '{"runs":[';
  for (const [position, run] of runs.entries()) {
    const steps = trace.run(run.key).steps;
    const calls = steps.flatMap((step) => (step.call ? [callRecord(trace, step, step.call)] : []));
    const record = { ...runRecord(run), ...aggregates(steps), calls };
    yield (position === 0 ? '\n' : ',\n') + jsonLine(record).trimEnd();
  }
  yield '\n]}\n';
}

function runRecord(run: RunSummary): Record<string, unknown> {
  return {
    id: run.id,
    name: run.name,
    status: run.status,
    started_at: isoTime(run.startedAtUs),
    ended_at: run.endedAtUs === null ? null : isoTime(run.endedAtUs),
    agent_type: run.agentType,
    session_id: run.sessionId,
    user_id: run.userId,
  };
}

/** Of all calls of the run; their definitions: model/runMetrics.ts. */
function aggregates(steps: readonly Step[]): Record<string, unknown> {
  const figures = runMetrics(steps.flatMap(({ call }) => call ?? []));
  return {
    call_count: figures.calls,
    failed_calls: figures.failedCalls,
    ttft_p50_ms: millisecondsOf(figures.ttftP50Us),
    icl_p50_ms: millisecondsOf(figures.iclP50Us),
    icl_p95_ms: millisecondsOf(figures.iclP95Us),
    tokens_per_second: rounded(figures.tokensPerSecond),
    stalls: figures.stalls,
    stalls_may_be_more: figures.mayBeMoreStalls,
    bursts: figures.bursts,
    buffered_bursts: figures.bufferedBursts,
  };
}

/** Times in milliseconds since the request was sent; null: not known or not defined. */
function callRecord(trace: TraceQueries, step: Step, call: Call): Record<string, unknown> {
  const { metrics } = call;
  const tokens = outputTokens(call);
  return {
    id: step.id,
    name: step.name,
    model: call.model,
    provider: call.provider,
    wire_format: call.wireFormat,
    streaming: call.streaming,
    status: call.state,
    error_code: call.errorCode,
    error_message: call.errorMessage,
    http_status: call.httpStatus,
    finish_reason: call.finishReason,
    clock_source: call.clockSource,
    chunk_count: call.receivedTokens,
    stored_chunks: call.storedTokens,
    prompt_tokens: call.promptTokens,
    total_tokens: tokens?.count ?? null,
    token_count_source: tokens?.source ?? null,
    sample_rate: call.sampleRate,
    aggregated: call.aggregated,
    aggregated_at: call.aggregatedAtUs === null ? null : isoTime(call.aggregatedAtUs),
    ttfc_ms: millisecondsOf(metrics.ttfcUs),
    ttft_ms: millisecondsOf(metrics.ttftUs),
    ttfo_ms: millisecondsOf(metrics.ttfoUs),
    last_token_ms: millisecondsOf(metrics.lastTokenUs),
    tpot_ms: millisecondsOf(metrics.tpotUs),
    icl_ms: percentileRecord(metrics.icl),
    output_tokens_per_second: rounded(metrics.outputTokensPerSecond),
    effective_tokens_per_second: rounded(metrics.effectiveTokensPerSecond),
    duration_ms: millisecondsOf(metrics.durationUs),
    stalls: metrics.stallCount,
    stalls_may_be_more: metrics.mayBeMoreStalls,
    bursts: metrics.burstCount,
    response: response(trace, step.key, call),
  };
}

function percentileRecord(icl: Percentiles | null): Record<string, unknown> | null {
  if (icl === null) return null;
  return {
    p50: millisecondsOf(icl.p50),
    p95: millisecondsOf(icl.p95),
    p99: millisecondsOf(icl.p99),
    max: millisecondsOf(icl.max),
  };
}

/** The text that came, also when the call failed afterwards; else the stored body. */
function response(trace: TraceQueries, key: StepKey, call: Call): string | null {
  const columns = trace.tokens(key);
  const isWhole = call.storedTokens === call.receivedTokens && !isSampled(columns);
  if (columns.count > 0 && isWhole) return responseText(columns);
  const section = trace.step(key).sections.find(({ title }) => title === 'Response');
  return section === undefined || section.text === '' ? null : section.text;
}

function isoTime(time: EpochMicroseconds): string | null {
  const date = new Date(time / 1_000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

export function* statsTable(trace: TraceQueries): Generator<string> {
  const { runs, formatLabel } = trace.summary();
  yield `${escapeControls(formatLabel)}, ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}\n`;
  for (const run of runs) {
    const { steps } = trace.run(run.key);
    const calls = steps.filter((step) => step.call !== null);
    yield `\n${[run.name, run.status, formatDateTime(run.startedAtUs), run.id].map(escapeControls).join(' · ')}\n`;
    if (calls.length === 0) yield 'no LLM calls\n';
    else yield tableLines([header, ...calls.flatMap(callRow)]);
  }
  // Asked for now: most are found while the runs are read.
  for (const notice of trace.summary().notices) yield `\n${escapeControls(notice)}\n`;
}

const header = [
  'CALL',
  'MODEL',
  'RESULT',
  'TTFT',
  'TPOT',
  'ICL p50',
  'p95',
  'DURATION',
  'STALLS',
  'BURSTS',
  '',
];

function callRow({ id, name, call }: Step): string[][] {
  if (call === null) return [];
  const { ttftUs, tpotUs, icl, durationUs, stallCount, mayBeMoreStalls, burstCount } = call.metrics;
  return [
    [
      id,
      call.model ?? name,
      callLabel(call),
      duration(ttftUs),
      duration(tpotUs),
      duration(icl?.p50 ?? null),
      duration(icl?.p95 ?? null),
      duration(durationUs),
      stallCount === null ? unknownFigure : formatStalls(stallCount, mayBeMoreStalls),
      burstCount === null ? unknownFigure : String(burstCount),
      [partialSentence(call), keptWords(call)].filter((words) => words !== null).join(' '),
    ],
  ];
}

const duration = (us: number | null): string =>
  us === null ? unknownFigure : formatDuration(microseconds(us));
