/** The API's own description, from the same schemas that check its requests. */
import { createApp } from './app.js';
import { healthRoute } from './healthRoute.js';
import { ingestRoute } from './ingest/ingestRoute.js';
import { metricsRoute } from './metricsRoute.js';
import { runRoute, runsRoute, timelineRoute } from './reading/runRoutes.js';
import { streamingStatsRoute, timeseriesRoute } from './reading/statisticsRoutes.js';
import { tokensRoute } from './reading/tokenRoutes.js';
import { sessionRoute, stopRoute } from './sessionRoutes.js';

export const documentPath = '/openapi.json';

/** All that it describes: the others answer 405 for these paths with another method. */
export const routes = [
  ingestRoute,
  runsRoute,
  runRoute,
  timelineRoute,
  tokensRoute,
  streamingStatsRoute,
  timeseriesRoute,
  sessionRoute,
  stopRoute,
  healthRoute,
  metricsRoute,
];

export function openApiDocument(version: string) {
  const { openAPIRegistry, getOpenAPI31Document } = createApp();
  openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description:
      'The token of this capture, from the line that `llm-stream capture` prints or LLM_STREAM_TOKEN of the captured terminal.',
  });
  for (const route of routes) openAPIRegistry.registerPath(route);
  return getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'LLM Stream Inspector: API of a capture',
      version,
      description: [
        'A capture listens on 127.0.0.1 only, and refuses requests with a foreign `Host` or `Origin`.',
        'Every failure is an `application/problem+json` (RFC 9457) whose `detail` says what to do.',
      ].join(' '),
    },
    tags: [
      { name: 'Recording', description: 'For SDKs and agents.' },
      { name: 'Reading', description: 'What was captured, also while it is.' },
      { name: 'Capture', description: 'The capture itself.' },
    ],
  });
}
