/** A run as the API gives it. Times in milliseconds. */
import { z } from '@hono/zod-openapi';
import type { RunSummary } from '../../../model/trace.js';
import { millisecondsOf } from '../../../model/jsonFigures.js';

export const runStatuses = ['running', 'completed', 'failed', 'unknown'] as const;

export const runSchema = z
  .object({
    id: z.string().openapi({ description: 'The `run_id` of the paths.' }),
    name: z.string(),
    status: z.enum(runStatuses),
    started_at_ms: z.number().nullable().openapi({
      description: 'Milliseconds since 1970, with three decimals, as every `…_at_ms`.',
      example: 1_763_627_000_000.125,
    }),
    completed_at_ms: z.number().nullable().openapi({ description: 'Null while it runs.' }),
    duration_ms: z.number().nullable(),
    agent_type: z.string().nullable(),
    session_id: z.string().nullable(),
    user_id: z.string().nullable(),
    llm_call_count: z.int(),
    token_count: z.int().openapi({ description: 'Tokens that are stored.' }),
    error_count: z.int().openapi({ description: 'Steps and calls that failed.' }),
  })
  .openapi('Run');

export function runRecord(run: RunSummary): z.infer<typeof runSchema> {
  return {
    id: run.id,
    name: run.name,
    status: run.status,
    started_at_ms: millisecondsOf(run.startedAtUs),
    completed_at_ms: millisecondsOf(run.endedAtUs),
    duration_ms: run.endedAtUs === null ? null : millisecondsOf(run.endedAtUs - run.startedAtUs),
    agent_type: run.agentType,
    session_id: run.sessionId,
    user_id: run.userId,
    llm_call_count: run.callCount,
    token_count: run.tokenCount,
    error_count: run.errorCount,
  };
}
