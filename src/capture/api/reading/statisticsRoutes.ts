/** Figures of a run's calls, and its tokens in order of time. */
import { createRoute, z } from '@hono/zod-openapi';
import { runMetrics } from '../../../model/runMetrics.js';
import type { RunDetail } from '../../../model/trace.js';
import type { CallTokenRange } from '../../../protocol/storeMessages.js';
import type { Api } from '../app.js';
import { paging, time } from '../parameters.js';
import { ApiProblem } from '../problem.js';
import { json, problems, security } from '../responses.js';
import { callRecord, callSchema, stallsAtLeast } from './callRecord.js';
import { millisecondsOf, rounded } from '../../../model/jsonFigures.js';
import { runParameters } from './runRoutes.js';
import { sentAtUs, tokenRecords, tokenSchema } from './tokenRecord.js';
import { type TraceReading, isCallStep } from './traceReading.js';

const figure = (description: string) => z.number().nullable().openapi({ description });

const callTokenSchema = tokenSchema.extend({ llm_call_id: z.string() }).openapi('CallToken');
type CallToken = z.infer<typeof callTokenSchema>;

export const streamingStatsRoute = createRoute({
  method: 'get',
  path: '/v1/runs/{run_id}/streaming-stats',
  summary: "Figures of the run's calls",
  description: 'Defined in docs/metrics.md. Null: not known, or not defined for this call.',
  tags: ['Reading'],
  security,
  request: { params: runParameters },
  responses: {
    200: json(
      z
        .object({
          run_id: z.string(),
          llm_calls: z.array(callSchema),
          aggregated: z.object({
            total_llm_calls: z.int(),
            failed_llm_calls: z.int(),
            total_tokens: z.int().openapi({ description: 'Output tokens of all calls.' }),
            avg_tokens_per_second: figure('Output tokens / sum of the durations of their calls.'),
            first_token_latency_ms: figure('Median of the calls.'),
            p50_token_latency_ms: figure("Median of the calls' medians."),
            p95_token_latency_ms: figure("Median of the calls' 95th percentiles."),
            stalls: z.int(),
            stalls_may_be_more: z.boolean().openapi({ description: stallsAtLeast }),
            bursts: z.int(),
          }),
        })
        .openapi('StreamingStats'),
      'One entry a call, and the figures of all.',
    ),
    ...problems(401, 404, 503),
  },
});

export const timeseriesRoute = createRoute({
  method: 'get',
  path: '/v1/runs/{run_id}/tokens/timeseries',
  summary: "Tokens of all the run's calls in order of time",
  tags: ['Reading'],
  security,
  request: {
    params: runParameters,
    query: z.object({
      start: time('Milliseconds since 1970: tokens from here on. Without it: all.'),
      end: time('Milliseconds since 1970: tokens up to and with this one. Without it: all.'),
      ...paging(1_000, 10_000),
    }),
  },
  responses: {
    200: json(
      z
        .object({
          run_id: z.string(),
          tokens: z.array(callTokenSchema),
          total: z.int().openapi({ description: 'Tokens in this span of time.' }),
          limit: z.int(),
          offset: z.int(),
        })
        .openapi('Timeseries'),
      'Calls of which only the order of the tokens is known are left out.',
    ),
    ...problems(400, 401, 404, 503),
  },
});

export function addStatisticsRoutes(app: Api, reading: TraceReading): void {
  app.openapi(streamingStatsRoute, async (context) => {
    const { run_id } = context.req.valid('param');
    const { steps } = await reading.run(run_id);
    const calls = steps.filter(isCallStep);
    const llm_calls = calls.map(callRecord);
    const figures = runMetrics(calls.map(({ call }) => call));
    const aggregated = {
      total_llm_calls: figures.calls,
      failed_llm_calls: figures.failedCalls,
      total_tokens: llm_calls.reduce((sum, { total_tokens }) => sum + (total_tokens ?? 0), 0),
      avg_tokens_per_second: rounded(figures.tokensPerSecond),
      first_token_latency_ms: millisecondsOf(figures.ttftP50Us),
      p50_token_latency_ms: millisecondsOf(figures.iclP50Us),
      p95_token_latency_ms: millisecondsOf(figures.iclP95Us),
      stalls: figures.stalls,
      stalls_may_be_more: figures.mayBeMoreStalls,
      bursts: figures.bursts,
    };
    return context.json({ run_id, llm_calls, aggregated }, 200);
  });

  app.openapi(timeseriesRoute, async (context) => {
    const { run_id } = context.req.valid('param');
    const { start, end, limit, offset } = context.req.valid('query');
    if (start !== undefined && end !== undefined && start > end) throw endBeforeStart();
    const detail = await reading.run(run_id);
    const { total, ranges } = await reading.tokenRanges(detail.run.key, {
      fromUs: (start ?? -Infinity) * 1_000,
      toUs: (end ?? Infinity) * 1_000,
      offset,
      limit,
    });
    const tokens = await Promise.all(ranges.map((range) => tokensOf(reading, detail, range)));
    return context.json({ run_id, tokens: inOrderOfTime(tokens), total, limit, offset }, 200);
  });
}

async function tokensOf(
  reading: TraceReading,
  { run, steps }: RunDetail,
  { call, from, to }: CallTokenRange,
): Promise<CallToken[]> {
  const step = steps.filter(isCallStep).find(({ key }) => key === call);
  if (!step) return [];
  // With the one before, from which the first one's delta counts.
  const before = Math.min(from, 1);
  const slice = await reading.tokens(call, from - before, to - from + before);
  return tokenRecords(slice, sentAtUs(run, step), await reading.metadata(call, slice))
    .slice(before)
    .map((token) => ({ llm_call_id: step.id, ...token }));
}

/** A stable sort: of equal times, those of an earlier call come first. */
const inOrderOfTime = (tokens: readonly CallToken[][]): CallToken[] =>
  tokens.flat().sort((a, b) => (a.timestamp_ms ?? 0) - (b.timestamp_ms ?? 0));

const endBeforeStart = (): ApiProblem =>
  new ApiProblem(
    400,
    'The span of time ends before it starts: `end` must not be less than `start`.',
    {
      errors: [{ field: 'end', message: 'Less than start.' }],
    },
  );
