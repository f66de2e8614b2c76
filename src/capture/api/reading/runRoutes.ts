/** Runs, and what happened in one. */
import { createRoute, z } from '@hono/zod-openapi';
import type { RunSummary } from '../../../model/trace.js';
import type { Api } from '../app.js';
import { paging } from '../parameters.js';
import { json, problems, security } from '../responses.js';
import { stepRecord, stepSchema } from './stepRecord.js';
import { runRecord, runSchema, runStatuses } from './runRecord.js';
import { type TraceReading, jsonOrText } from './traceReading.js';

const page = { total: z.int(), limit: z.int(), offset: z.int() };

export const runParameters = z.object({ run_id: z.string() });

export const runsRoute = createRoute({
  method: 'get',
  path: '/v1/runs',
  summary: 'Runs, newest first',
  tags: ['Reading'],
  security,
  request: {
    query: z.object({
      ...paging(100, 1_000),
      status: z.enum(runStatuses).optional(),
      session_id: z.string().optional(),
      user_id: z.string().optional(),
    }),
  },
  responses: {
    200: json(
      z.object({ runs: z.array(runSchema), ...page }).openapi('Runs'),
      '`total` counts all that match.',
    ),
    ...problems(400, 401, 503),
  },
});

export const runRoute = createRoute({
  method: 'get',
  path: '/v1/runs/{run_id}',
  summary: 'One run',
  tags: ['Reading'],
  security,
  request: { params: runParameters },
  responses: {
    200: json(
      runSchema
        .extend({
          metadata: z.unknown().openapi({
            description:
              'Any JSON, as the agent said it; text where it is not JSON or too long for here, null where there is none.',
          }),
          notices: z.array(z.string()).openapi({
            description: 'What a reader of this trace must know, in sentences.',
          }),
        })
        .openapi('RunDetail'),
      'The run.',
    ),
    ...problems(401, 404, 503),
  },
});

export const timelineRoute = createRoute({
  method: 'get',
  path: '/v1/runs/{run_id}/timeline',
  summary: 'The steps of a run',
  description: 'In the order of display: what happened within a step follows it, by start.',
  tags: ['Reading'],
  security,
  request: { params: runParameters, query: z.object(paging(1_000, 10_000)) },
  responses: {
    200: json(
      z.object({ run_id: z.string(), events: z.array(stepSchema), ...page }).openapi('Timeline'),
      'Calls, tool calls, hand-offs, errors, …',
    ),
    ...problems(400, 401, 404, 503),
  },
});

type Filters = Partial<Record<'status' | 'session_id' | 'user_id', string>>;

const matches = (run: RunSummary, filters: Filters): boolean =>
  [
    [filters.status, run.status],
    [filters.session_id, run.sessionId],
    [filters.user_id, run.userId],
  ].every(([wanted, value]) => wanted === undefined || wanted === value);

export function addRunRoutes(app: Api, reading: TraceReading): void {
  app.openapi(runsRoute, async (context) => {
    const { limit, offset, ...filters } = context.req.valid('query');
    const all = await reading.runs();
    const found = all.filter((run) => matches(run, filters as Filters));
    const runs = found.slice(offset, offset + limit).map(runRecord);
    return context.json({ runs, total: found.length, limit, offset }, 200);
  });

  app.openapi(runRoute, async (context) => {
    const { run, metadata, notices } = await reading.run(context.req.valid('param').run_id);
    const about = { metadata: metadata === null ? null : jsonOrText(metadata) };
    return context.json({ ...runRecord(run), ...about, notices: [...notices] }, 200);
  });

  app.openapi(timelineRoute, async (context) => {
    const { run_id } = context.req.valid('param');
    const { limit, offset } = context.req.valid('query');
    const detail = await reading.run(run_id);
    const ids = new Map(detail.steps.map(({ key, id }) => [key, id]));
    const events = detail.steps
      .slice(offset, offset + limit)
      .map((step) => stepRecord(detail.run, step, ids));
    return context.json({ run_id, events, total: detail.steps.length, limit, offset }, 200);
  });
}
