/** The tokens of a call: a page of them, or as they come. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { createRoute, z } from '@hono/zod-openapi';
import type { Api } from '../app.js';
import { EventStream, wantsEvents } from '../eventStream.js';
import { paging } from '../parameters.js';
import { problems, security } from '../responses.js';
import { type AppendedEvents, followCall } from './followCall.js';
import { sentAtUs, tokenRecords, tokenSchema } from './tokenRecord.js';
import type { TraceReading } from './traceReading.js';

const eventStream = 'text/event-stream';

const pageSchema = z
  .object({
    run_id: z.string(),
    llm_call_id: z.string(),
    tokens: z.array(tokenSchema),
    total: z.int().openapi({ description: 'Tokens of the call that are stored.' }),
    limit: z.int(),
    offset: z.int(),
  })
  .openapi('Tokens');

export const tokensRoute = createRoute({
  method: 'get',
  path: '/v1/runs/{run_id}/llm-calls/{llm_call_id}/tokens',
  summary: 'The tokens of a call, stored or as they come',
  description: [
    'In order of `token_index`. With `Accept: text/event-stream` the call is followed: first what is stored,',
    'then what comes, until it ends. Events:',
    '`token` (`id:` is its index; data: `{"type":"token"}` and the fields of a token),',
    '`token_text` (data: `{"type":"token_text","token_index","token"}`: the whole text of a token that was sent',
    'before, whose end had been held back because it might have been the beginning of a secret),',
    'and as the last one `complete`',
    '(data: `{"type":"complete","model","finish_reason","total_tokens"}`)',
    'or `error` (data: `{"type":"error","error","code","status","total_tokens"}`).',
    '`limit` and `offset` do not count then. Who connects again with `Last-Event-ID` gets what came after.',
  ].join(' '),
  tags: ['Reading'],
  security,
  request: {
    params: z.object({ run_id: z.string(), llm_call_id: z.string() }),
    query: z.object(paging(1_000, 10_000)),
    headers: z.object({
      'last-event-id': z
        .string()
        .regex(/^(\d{1,10})?$/, 'The index of a token.')
        .optional()
        .openapi({ description: 'Only when following: the index of the last token received.' }),
    }),
  },
  responses: {
    200: {
      description: 'A page of tokens, or the events of the call.',
      content: {
        'application/json': { schema: pageSchema },
        [eventStream]: { schema: z.string() },
      },
    },
    ...problems(400, 401, 404, 503),
  },
});

export function addTokenRoutes(
  app: Api,
  reading: TraceReading,
  appended: AppendedEvents,
  streams: Set<EventStream>,
): void {
  app.openapi(tokensRoute, async (context) => {
    const { run_id, llm_call_id } = context.req.valid('param');
    if (wantsEvents(context.req)) {
      const lastId = context.req.valid('header')['last-event-id'];
      // Asked for now, so that an unknown call is a 404 and not an event.
      await reading.call(run_id, llm_call_id);
      const stream = new EventStream(context.env.outgoing, streams);
      void followCall({
        reading,
        appended,
        stream,
        runId: run_id,
        callId: llm_call_id,
        lastIndex: lastId ? Number(lastId) : -1,
      });
      return RESPONSE_ALREADY_SENT;
    }
    const { limit, offset } = context.req.valid('query');
    const { run, step } = await reading.call(run_id, llm_call_id);
    // With the one before, from which the first one's delta counts.
    const before = Math.min(offset, 1);
    const slice = await reading.tokens(step.key, offset - before, limit + before);
    const metadata = await reading.metadata(step.key, slice);
    const tokens = tokenRecords(slice, sentAtUs(run, step), metadata).slice(before);
    return context.json({ run_id, llm_call_id, tokens, total: slice.total, limit, offset }, 200);
  });
}
