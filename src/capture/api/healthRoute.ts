/** Whether the capture is well: for whoever watches it, without a token and without anything private. */
import { createRoute, z } from '@hono/zod-openapi';
import type { CaptureStatus } from '../../protocol/captureStatus.js';
import type { Api } from './app.js';
import { json } from './responses.js';

export interface HealthSource {
  readonly version: string;
  status(): CaptureStatus;
  /** Bytes of the log that is not folded yet, and of the trace. */
  sizes(): { readonly logBytes: number; readonly fileBytes: number };
}

export const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  summary: 'Whether the capture is well',
  description: 'Needs no token. Says nothing of what is captured.',
  tags: ['Capture'],
  responses: {
    200: json(
      z
        .object({
          status: z.enum(['ok', 'degraded']).openapi({
            description: 'Degraded while there are problems.',
          }),
          state: z.enum(['listening', 'finishing']).openapi({
            description: 'Finishing: takes no new calls, ends with its last open stream.',
          }),
          version: z.string(),
          uptime_s: z.number(),
          active_streams: z.int(),
          log_bytes: z.int(),
          file_bytes: z.int(),
          problems: z
            .array(z.enum(['disk-full', 'no-permission', 'folder-gone', 'write-failed']))
            .openapi({ description: 'In words: `GET /v1/session`.' }),
        })
        .openapi('Health'),
      'The capture listens.',
    ),
  },
});

export function addHealthRoute(app: Api, source: HealthSource): void {
  app.openapi(healthRoute, (context) => {
    const { state, startedAtMs, activeStreams, problems } = source.status();
    const { logBytes, fileBytes } = source.sizes();
    return context.json(
      {
        status: problems.length === 0 ? ('ok' as const) : ('degraded' as const),
        state,
        version: source.version,
        uptime_s: Math.max(0, Date.now() - startedAtMs) / 1_000,
        active_streams: activeStreams,
        log_bytes: logBytes,
        file_bytes: fileBytes,
        problems: problems.map(({ code }) => code),
      },
      200,
    );
  });
}
