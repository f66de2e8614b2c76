/**
 * The wire form of `POST /v1/events`: one of these objects a line. Public: the SDKs speak it. Fields that are
 * not known are ignored, so that an older capture understands a newer SDK.
 */
import { z } from '@hono/zod-openapi';
import { stepTypes } from '../../../model/trace.js';

export const longestId = 200;
export const mostTokensInLine = 10_000;
/** Leaves room for the tokens that follow: indexes are stored in 32 bits. */
const largestIndex = 0xffff_ffff - mostTokensInLine;
const longestName = 1_000;
const deepestNesting = 64;
/** A century: what is longer is no duration. */
const longestUs = 3.2e15;
/** In the year 2200; beyond, a double would lose microseconds. */
const latestUs = 7.3e15;

const idOf = (what: string) => z.string().min(1).max(longestId).openapi({ description: what });

const name = z.string().max(longestName);
const label = z.string().max(longestId);

const timestampUs = z.number().min(0).max(latestUs).optional().openapi({
  description:
    'Wall clock, microseconds since 1970. Without it: when the request came to the capture.',
  example: 1_763_627_000_000_000,
});

const durationUs = z.number().min(0).max(longestUs).optional().openapi({
  description:
    'Length in microseconds, of a monotonic clock. Without it: `timestamp_us` minus that of the start.',
});

/** Its keys and depth are the sender's; what is too deep for recursion is refused. */
const anyJson = z.unknown().refine((value) => isShallow(value, deepestNesting), {
  message: `Nested more than ${deepestNesting} levels deep.`,
});

const runId = idOf('Chosen by the sender; the same in every event of the run.');
const callId = idOf('Chosen by the sender; the same in every event of the call.');
const stepId = idOf('Chosen by the sender; no call and no other step has it.');
const parentId = idOf('`step_id` or `llm_call_id` of what it happened within.').optional();

const stepData = anyJson.optional().openapi({
  description:
    'Any JSON. Of an object, `input`, `output` and `error` are shown in tabs of their own; `from` and `to` name the agents of a hand-off; `error`, `reason`, `summary` or `message` is the line of its row.',
});

const runStart = z
  .object({
    type: z.literal('run_start'),
    run_id: runId,
    name: name.optional().openapi({ description: 'Without it: the id.' }),
    timestamp_us: timestampUs,
    agent_type: label.optional(),
    session_id: label.optional(),
    user_id: label.optional(),
    metadata: anyJson.optional(),
  })
  .openapi('RunStart');

const runEnd = z
  .object({
    type: z.literal('run_end'),
    run_id: runId,
    status: z.enum(['completed', 'failed']).default('completed'),
    timestamp_us: timestampUs,
  })
  .openapi('RunEnd');

const callStart = z
  .object({
    type: z.literal('llm_call_start'),
    llm_call_id: callId,
    run_id: runId,
    parent_id: parentId,
    name: name.optional().openapi({ description: 'Without it: the model.' }),
    model: label.optional(),
    provider: label.optional(),
    streaming: z.boolean().default(true),
    timestamp_us: timestampUs.openapi({
      description:
        "Wall clock at the moment the request was sent, microseconds since 1970: the offsets of the call's tokens count from here.",
    }),
    request: anyJson.optional().openapi({
      description: 'What was sent: the prompt as text, or messages and parameters as JSON.',
    }),
    sample_rate: z.number().min(0).max(1).optional().openapi({
      description:
        'The share of its tokens that will be sent, 1 without it; 0: none, only what the end says of them.',
    }),
    data: anyJson.optional().openapi({ description: 'Whatever else is known, any JSON.' }),
  })
  .openapi('LlmCallStart');

/** In the order of the numbers that {@link TokenKind} has. */
export const tokenKinds = [
  'text',
  'reasoning',
  'refusal',
  'tool_arguments',
  'tool_name',
  'audio_transcript',
  'other',
] as const;

const token = z.object({
  token: z.string(),
  offset_us: z.number().min(0).max(longestUs).optional().openapi({
    description: 'Microseconds since the call started, of a monotonic clock.',
  }),
  timestamp_us: timestampUs.openapi({
    description:
      'Wall clock, where there is no `offset_us`. Without both: when the request came to the capture.',
  }),
  kind: z.enum(tokenKinds).default('text'),
  index: z.int().min(0).max(largestIndex).optional().openapi({
    description:
      'Index in the whole stream, where tokens before it were left out (`sample_rate`); without it: one more than that of the token before.',
  }),
  metadata: z
    .record(z.string(), anyJson)
    .optional()
    .openapi({ example: { logprob: -0.02 } }),
});

const tokens = z
  .object({
    type: z.literal('llm_tokens'),
    llm_call_id: callId,
    first_index: z.int().min(0).max(largestIndex).openapi({
      description:
        'Index of the first of these tokens in the whole stream, from 0. Tokens that the capture has already are ignored: send a batch again when its answer was lost. Send the batches of a call in order: only then is a secret found that is spread over two of them.',
    }),
    tokens: z.array(token).min(1).max(mostTokensInLine),
  })
  .openapi('LlmTokens');

const count = z.int().min(0);

const offset = (description: string) =>
  z.number().min(0).max(longestUs).optional().openapi({ description });

const statistics = z
  .object({
    first_token_us: offset('The first token.'),
    first_output_us: offset('The first one of kind `text`.'),
    last_token_us: offset('The last token.'),
    icl_p50_us: offset(
      'Between neighbouring tokens: the median. Known with the other four, or not.',
    ),
    icl_p90_us: offset('The same: 90th percentile, interpolated linearly as all of them.'),
    icl_p95_us: offset('The same: 95th percentile.'),
    icl_p99_us: offset('The same: 99th percentile.'),
    icl_max_us: offset('The same: the longest.'),
  })
  .optional()
  .openapi({
    description:
      'Of all tokens that came, counted before any was left out (`sample_rate`); microseconds since the call started. Used where the tokens that were sent do not tell.',
  });

const callEnd = z
  .object({
    type: z.literal('llm_call_end'),
    llm_call_id: callId,
    status: z
      .enum(['completed', 'failed', 'aborted', 'truncated', 'interrupted'])
      .optional()
      .openapi({ description: 'Without it: `failed` with an error, else `completed`.' }),
    duration_us: durationUs,
    timestamp_us: timestampUs,
    first_chunk_us: z.number().min(0).max(longestUs).optional().openapi({
      description: 'Microseconds from the start to the first chunk of whatever kind.',
    }),
    error: z
      .object({
        code: label.optional().openapi({
          description:
            'TIMEOUT, RATE_LIMIT, AUTH_ERROR, LLM_ERROR, CLIENT_ABORT, TRUNCATED, UPSTREAM_UNREACHABLE or INTERRUPTED; any other is kept in the message of an LLM_ERROR.',
          example: 'RATE_LIMIT',
        }),
        message: z.string(),
      })
      .optional(),
    usage: z
      .object({ prompt_tokens: count.optional(), completion_tokens: count.optional() })
      .optional()
      .openapi({ description: 'As the provider counted.' }),
    finish_reason: label.optional(),
    http_status: z.int().min(100).max(999).optional(),
    streaming: z.boolean().optional().openapi({
      description: 'Where it is other than the start said: not all senders know it then.',
    }),
    received_tokens: count.optional().openapi({
      description: 'Tokens that came, where not all were sent (`sample_rate`).',
    }),
    statistics,
    response: anyJson.optional().openapi({
      description: 'The response, where it is not the text of the tokens.',
    }),
    data: anyJson.optional().openapi({ description: 'Added to that of the start.' }),
  })
  .openapi('LlmCallEnd');

const stepType = z.enum(
  stepTypes.filter((type) => type !== 'llm_call' && type !== 'run_start' && type !== 'run_end'),
);

const step = {
  step_id: stepId,
  run_id: runId,
  parent_id: parentId,
  step_type: stepType,
  name: name.optional().openapi({ description: 'Without it: the type.' }),
  timestamp_us: timestampUs,
  data: stepData,
};

const stepStart = z.object({ type: z.literal('step_start'), ...step }).openapi('StepStart');

const stepProgress = z
  .object({
    type: z.literal('step_progress'),
    step_id: stepId,
    timestamp_us: timestampUs,
    progress: z.number().min(0).max(1).optional().openapi({
      description:
        'How much is done, 0 to 1. The newest counts, also where it is less than before.',
      example: 0.4,
    }),
    phase: label.min(1).optional().openapi({
      description:
        'A phase that begins now and goes on until the next one, or the end; the same one once more goes on. The newest 100 are kept.',
      example: 'summary',
    }),
    message: name
      .optional()
      .openapi({ description: 'What it is at, in a line; the newest counts.' }),
  })
  .openapi('StepProgress', {
    description:
      'How far a step of type `stage` is, as often as it likes: only the newest is kept. What is left out stays as it was. Kept in the data of the step as `progress`, `message` and `phases`, also where its end has other data. Of a step of another type, only its data show it.',
  });

const stepEnd = z
  .object({
    type: z.literal('step_end'),
    step_id: stepId,
    status: label.default('completed').openapi({ description: '`failed` marks it as failed.' }),
    duration_us: durationUs,
    timestamp_us: timestampUs,
    data: stepData.openapi({
      description:
        'Takes the place of that of the start, but of its `progress`, `message` and `phases` only where it has them.',
    }),
  })
  .openapi('StepEnd');

const event = z
  .object({
    type: z.literal('event'),
    ...step,
    status: label.optional(),
    duration_us: z.number().min(0).max(longestUs).optional().openapi({
      description: 'Microseconds; without it, it has no length.',
    }),
  })
  .openapi('StepEvent', { description: 'A step that is over already.' });

export const eventSchema = z
  .discriminatedUnion('type', [
    runStart,
    runEnd,
    callStart,
    tokens,
    callEnd,
    stepStart,
    stepProgress,
    stepEnd,
    event,
  ])
  .openapi('Event', { description: 'One line of the body.' });

export type SentEvent = z.infer<typeof eventSchema>;
export type Sent<T extends SentEvent['type']> = Extract<SentEvent, { type: T }>;

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}
