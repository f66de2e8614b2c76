/** Whether the capture is well: for whoever watches it, without a token and without anything private. */
import { createRoute, z } from '@hono/zod-openapi';
import type { CaptureStatus } from '../../protocol/captureStatus.js';
import type { Api } from './app.js';
import { json } from './responses.js';

export interface HealthSource {
  readonly version: string;
  status(): Required<CaptureStatus>;
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
          tokens_stored: z.int(),
          tokens_sampled_out: z.int().openapi({ description: 'Left out on purpose: sampling.' }),
          tokens_dropped: z.int().openapi({
            description:
              'Lost: the disk took nothing for longer than they could be kept in memory.',
          }),
          log_bytes: z.int().openapi({ description: 'Of the log that is not in the trace yet.' }),
          file_bytes: z.int().openapi({ description: 'Of the trace.' }),
          write_latency_ms: z
            .object({ p50: z.number(), p99: z.number(), max: z.number() })
            .nullable()
            .openapi({ description: 'Of the last 1,024 writes; null before the first one.' }),
          recoveries: z.int().openapi({
            description: 'Traces into which the log of a capture that had died was put.',
          }),
          rejected_events: z.int().openapi({ description: 'Sent by SDKs, and no events.' }),
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
    const { state, startedAtMs, activeStreams, problems, health } = source.status();
    return context.json(
      {
        status: problems.length === 0 ? ('ok' as const) : ('degraded' as const),
        state,
        version: source.version,
        uptime_s: Math.max(0, Date.now() - startedAtMs) / 1_000,
        active_streams: activeStreams,
        tokens_stored: health.tokensStored,
        tokens_sampled_out: health.tokensSampledOut,
        tokens_dropped: health.tokensDropped,
        log_bytes: health.logBytes,
        file_bytes: health.fileBytes,
        write_latency_ms: health.writeLatencyMs,
        recoveries: health.recoveries,
        rejected_events: health.rejectedEvents,
        problems: problems.map(({ code }) => code),
      },
      200,
    );
  });
}
