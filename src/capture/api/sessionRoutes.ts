/** The capture's own state, and its end: what an editor needs. */
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { createRoute, z } from '@hono/zod-openapi';
import type { CaptureStatus } from '../../protocol/captureStatus.js';
import type { Api } from './app.js';
import { EventStream, wantsEvents } from './eventStream.js';
import { ApiProblem, invalidInput } from './problem.js';
import type { RequestBodies } from './requestBodies.js';
import { json, problems, security } from './responses.js';

export interface SessionSource {
  status(): Required<CaptureStatus>;
  /** `idle`: with the last open stream. */
  stop(when: 'now' | 'idle'): void;
  /** How many windows hold on to the capture now. */
  onAttachments(count: number): void;
}

const largestStopBytes = 1_024;
/** The figures change with time alone, so that it is looked at and not told. */
const statusIntervalMs = 250;

const healthSchema = z
  .object({
    tokensStored: z.int(),
    tokensSampledOut: z.int().openapi({ description: 'Left out on purpose.' }),
    tokensDropped: z.int().openapi({ description: 'Lost: the disk took nothing for too long.' }),
    logBytes: z.int().openapi({ description: 'Of the log that is not in the trace yet.' }),
    fileBytes: z.int().openapi({ description: 'Of the trace.' }),
    writeLatencyMs: z
      .object({ p50: z.number(), p99: z.number(), max: z.number() })
      .nullable()
      .openapi({ description: 'Of the last 1,024 writes; null before the first one.' }),
    recoveries: z.int().openapi({ description: 'Traces recovered from captures that had died.' }),
    rejectedEvents: z.int().openapi({ description: 'Sent by SDKs, and no events.' }),
  })
  .openapi('CaptureHealth');

const statusSchema = z
  .object({
    state: z.enum(['listening', 'finishing']),
    url: z.string(),
    port: z.int(),
    pid: z.int(),
    db: z.string().openapi({ description: 'Path of the trace that is written.' }),
    startedAtMs: z.number().openapi({ description: 'Milliseconds since 1970.' }),
    activeStreams: z.int(),
    calls: z.int(),
    tokens: z.int(),
    tokensPerSecond: z.number().openapi({ description: 'Over the last two seconds.' }),
    problems: z
      .array(
        z.object({
          code: z.enum(['disk-full', 'no-permission', 'folder-gone', 'write-failed']),
          message: z.string(),
        }),
      )
      .readonly(),
    health: healthSchema,
    notices: z.array(z.string()).readonly(),
  })
  .openapi('CaptureStatus');

const stopSchema = z.object({
  when: z.enum(['now', 'idle']).openapi({ description: '`idle`: with the last open stream.' }),
});

export const sessionRoute = createRoute({
  method: 'get',
  path: '/v1/session',
  summary: 'State of the capture, now or as it changes',
  description:
    'With `Accept: text/event-stream` an event `status` with the same JSON at once and whenever it changes, at most every 250 ms. A connection that is held counts as a window of the editor: a capture that was started with `--until-detached` ends when there is none for 30 s.',
  tags: ['Capture'],
  security,
  responses: {
    200: {
      description: 'The state, or its changes.',
      content: {
        'application/json': { schema: statusSchema },
        'text/event-stream': { schema: z.string() },
      },
    },
    ...problems(401),
  },
});

export const stopRoute = createRoute({
  method: 'post',
  path: '/v1/session/stop',
  summary: 'Ends the capture',
  tags: ['Capture'],
  security,
  request: {
    body: {
      required: true,
      // Not as a schema, which would be checked after a body of any size had been read.
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['when'],
            properties: {
              when: {
                type: 'string',
                enum: ['now', 'idle'],
                description: '`idle`: with the last open stream.',
              },
            },
          },
        },
      },
    },
  },
  responses: {
    202: json(z.object({ when: z.enum(['now', 'idle']) }), 'It is ending.'),
    ...problems(400, 401, 413, 415),
  },
});

export function addSessionRoutes(
  app: Api,
  source: SessionSource,
  bodies: RequestBodies,
  streams: Set<EventStream>,
): void {
  const attached = new Set<EventStream>();
  const attach = (stream: EventStream): void => {
    attached.add(stream);
    source.onAttachments(attached.size);
    stream.onClosed(() => {
      attached.delete(stream);
      source.onAttachments(attached.size);
    });
    sendStatus(stream, () => source.status());
  };

  app.openapi(sessionRoute, (context) => {
    if (!wantsEvents(context.req)) return context.json(source.status(), 200);
    attach(new EventStream(context.env.outgoing, streams));
    return RESPONSE_ALREADY_SENT;
  });

  app.openapi(stopRoute, async (context) => {
    const { incoming, outgoing } = context.env;
    const { when } = stopRequest(
      context.req.header('content-type'),
      await bodies.read(incoming, largestStopBytes),
    );
    // After the answer: the connection does not outlive the capture.
    outgoing.once('close', () => source.stop(when));
    return context.json({ when }, 202);
  });
}

function stopRequest(contentType: string | undefined, body: Buffer): z.infer<typeof stopSchema> {
  if (!/^application\/json\b/i.test(contentType ?? '')) {
    throw new ApiProblem(415, 'The body must be JSON: "Content-Type: application/json".');
  }
  const parsed = stopSchema.safeParse(jsonOf(body));
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new ApiProblem(400, 'The body is not JSON.', {
      errors: [{ field: 'body', message: 'Not JSON.' }],
    });
  }
}

function sendStatus(stream: EventStream, status: () => CaptureStatus): void {
  let sent = '';
  const send = (): void => {
    const now = status();
    const text = JSON.stringify(now);
    // A client that does not read gets the newest one when it does.
    if (text === sent || stream.isFull) return;
    sent = text;
    stream.send([{ event: 'status', data: now }]);
  };
  send();
  const timer = setInterval(send, statusIntervalMs);
  stream.onClosed(() => clearInterval(timer));
}
