/** How the capture is, for Prometheus and its like: without a token and without anything private. */
import { createRoute } from '@hono/zod-openapi';
import type { Api } from './app.js';
import type { HealthSource } from './healthRoute.js';
import { metricsText } from './metricsText.js';
import { ApiProblem, problemSchema, problemType } from './problem.js';

export interface MetricsSource extends HealthSource {
  /** The switch `experimental.openMetrics`. */
  readonly hasMetrics: boolean;
}

export const metricsPath = '/metrics';
const mediaType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export const metricsRoute = createRoute({
  method: 'get',
  path: metricsPath,
  summary: 'Whether the capture is well, as OpenMetrics (experimental)',
  description:
    'Needs no token. Says nothing of what is captured. Off unless `llmStream.experimental.openMetrics` or `LLM_STREAM_EXPERIMENTAL_OPEN_METRICS` is on.',
  tags: ['Capture'],
  responses: {
    200: {
      description: 'Text of OpenMetrics 1.0.',
      content: { [mediaType]: { schema: { type: 'string' } as const } },
    },
    404: {
      description: 'It is switched off.',
      content: { [problemType]: { schema: problemSchema } },
    },
  },
});

export function addMetricsRoute(app: Api, source: MetricsSource): void {
  app.get(metricsPath, (context) => {
    if (!source.hasMetrics) {
      throw new ApiProblem(
        404,
        'The metrics of this capture are switched off: start it with LLM_STREAM_EXPERIMENTAL_OPEN_METRICS=true, or switch on llmStream.experimental.openMetrics in VS Code.',
      );
    }
    const text = metricsText(source.status(), source.version);
    return context.body(text, 200, { 'Content-Type': mediaType });
  });
}
