/** The HTTP API of a capture, behind the server's guards: ingest, reading, session. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Milliseconds } from '../../model/units.js';
import type { EventSink } from '../../store/log/traceEvent.js';
import type { Redaction } from '../../redaction/redaction.js';
import { type Api as App, createApp } from './app.js';
import { bearerCheck } from './bearer.js';
import type { EventStream } from './eventStream.js';
import { type HealthSource, addHealthRoute } from './healthRoute.js';
import { Ingest } from './ingest/ingest.js';
import { addIngestRoute } from './ingest/ingestRoute.js';
import { type MetricsSource, addMetricsRoute, metricsPath } from './metricsRoute.js';
import { documentPath, openApiDocument, routes } from './openApi.js';
import { ApiProblem, insideProblem, problemResponse } from './problem.js';
import { addRunRoutes } from './reading/runRoutes.js';
import { addStatisticsRoutes } from './reading/statisticsRoutes.js';
import type { AppendedEvents } from './reading/followCall.js';
import { addTokenRoutes } from './reading/tokenRoutes.js';
import { TraceReading, type TraceReadingOptions } from './reading/traceReading.js';
import { RequestBodies } from './requestBodies.js';
import { type SessionSource, addSessionRoutes } from './sessionRoutes.js';

export interface ApiOptions extends HealthSource, MetricsSource, SessionSource {
  readonly token: string;
  readonly sink: EventSink;
  readonly appended: AppendedEvents;
  readonly redaction: Redaction;
  readonly trace: TraceReadingOptions;
  /** How long an agent with open calls may be silent; 0 for ever. */
  readonly longestSilenceMs: Milliseconds;
  /** Gets what went wrong inside. */
  readonly log: (line: string) => void;
}

/** How often silence is looked for, at least. */
const longestLookMs = 10_000;

export interface CaptureApi {
  /** For `/v1/*`, `/health`, `/metrics` and `/openapi.json`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Of what SDKs have sent, what was no event. */
  readonly rejectedEvents: number;
  /** Before the log is closed: calls that SDKs have left open are interrupted. */
  endCalls(): void;
  /** Ends what is followed, and the process that reads. */
  close(): void;
}

export function createApi(options: ApiOptions): CaptureApi {
  const streams = new Set<EventStream>();
  const reading = new TraceReading({ ...options.trace, log: options.log });
  const ingest = new Ingest(options);
  const bodies = new RequestBodies();
  const app = createApp();

  guard(app, options.token);
  addHealthRoute(app, options);
  addMetricsRoute(app, options);
  addIngestRoute(app, ingest, bodies);
  addRunRoutes(app, reading);
  addTokenRoutes(app, reading, options.appended, streams);
  addStatisticsRoutes(app, reading);
  addSessionRoutes(app, options, bodies, streams);
  addDocument(app, options.version);
  addRefusals(app, options.log);

  const listening = listenForSilence(ingest, options.longestSilenceMs);
  const listener = getRequestListener(app.fetch, {
    // This process has other users of fetch.
    overrideGlobalObjects: false,
    errorHandler: () => problemResponse(new ApiProblem(400, 'The request is not understood.')),
  });
  return {
    handle: (request, response) => void listener(request, response),
    get rejectedEvents() {
      return ingest.rejectedEvents;
    },
    endCalls: () => ingest.endCalls(),
    close: () => {
      clearInterval(listening);
      for (const stream of [...streams]) stream.end();
      reading.close();
    },
  };
}

function listenForSilence(ingest: Ingest, limitMs: Milliseconds): NodeJS.Timeout | undefined {
  if (limitMs === 0) return undefined;
  const everyMs = Math.min(limitMs / 4, longestLookMs);
  return setInterval(() => ingest.giveUpSilent(limitMs), everyMs).unref();
}

function guard(app: App, token: string): void {
  const open: readonly string[] = ['/health', metricsPath, documentPath];
  const check = bearerCheck(token);
  app.use(async (context, next) => {
    if (!open.includes(context.req.path)) check(context.req.header('authorization'));
    // What is answered is private, and changes.
    context.header('Cache-Control', 'no-store');
    await next();
  });
}

function addDocument(app: App, version: string): void {
  let text: string | undefined;
  app.get(documentPath, (context) => {
    text ??= JSON.stringify(openApiDocument(version));
    return context.body(text, 200, { 'Content-Type': 'application/json' });
  });
}

/** After all routes: what none of them takes. */
function addRefusals(app: App, log: (line: string) => void): void {
  const methods = new Map<string, string[]>([[documentPath, ['GET']]]);
  for (const route of routes) {
    const path = route.getRoutingPath();
    methods.set(path, [...(methods.get(path) ?? []), route.method.toUpperCase()]);
  }
  for (const [path, allowed] of methods) {
    app.all(path, ({ req }) => {
      throw new ApiProblem(
        405,
        `${req.method} is not possible here, only ${allowed.join(' and ')}.`,
        { headers: { Allow: allowed.join(', ') } },
      );
    });
  }
  app.notFound(({ req }) =>
    problemResponse(
      new ApiProblem(404, `There is no "${req.path}" in this API; ${documentPath} says what is.`),
    ),
  );
  app.onError((error) => {
    if (error instanceof ApiProblem) return problemResponse(error);
    log(`API: ${error.stack ?? error.message}`);
    return problemResponse(insideProblem());
  });
}
