/** A token as the API gives it, out of columns. */
import { z } from '@hono/zod-openapi';
import { type TokenColumns, tokenText, tokenTime } from '../../../model/tokens.js';
import type { RunSummary } from '../../../model/trace.js';
import { tokenKinds } from '../ingest/eventSchemas.js';
import { millisecondsOf } from '../../../model/jsonFigures.js';
import type { CallStep, TokenMetadata } from './traceReading.js';

export const tokenSchema = z
  .object({
    token_index: z.int().openapi({ description: 'In the whole stream, from 0.' }),
    token: z.string(),
    kind: z.enum(tokenKinds),
    timestamp_ms: z.number().nullable().openapi({
      description: 'Milliseconds since 1970; null where only the order of the tokens is known.',
      example: 1_763_627_000_150.25,
    }),
    delta_ms: z
      .number()
      .nullable()
      .openapi({
        description: [
          "Since the token before; the first one's: since the request was sent.",
          'Null behind tokens that are not stored (sampled, aggregated, lost): when they came is not known.',
        ].join(' '),
        example: 52.125,
      }),
    metadata: z.unknown().openapi({
      description: 'What the sender said of it; null when nothing.',
      example: { logprob: -0.02 },
    }),
  })
  .openapi('Token');

export type TokenRecord = z.infer<typeof tokenSchema>;

/** When the call's request was sent, µs since 1970; null where only the order is known. */
export const sentAtUs = (run: RunSummary, { startUs, call }: CallStep): number | null =>
  call.clockSource === 'order-only' ? null : run.startedAtUs + startUs;

/** The token that a delta counts from. */
export interface TokenBefore {
  readonly index: number;
  readonly timeUs: number;
}

/** In front of the first token: the moment at which the request was sent. */
export const requestSent: TokenBefore = { index: -1, timeUs: 0 };

/** The last token of these columns, from which the next one's delta counts; `otherwise` when they are empty. */
export function lastToken(columns: TokenColumns, otherwise: TokenBefore): TokenBefore {
  const last = columns.count - 1;
  return last < 0 ? otherwise : tokenAt(columns, last);
}

const tokenAt = (columns: TokenColumns, position: number): TokenBefore => ({
  index: columns.index[position] ?? position,
  timeUs: tokenTime(columns, position),
});

/**
 * @param atUs what the columns' times count from, µs since 1970; null where they are not known.
 * @param before the token in front of these columns.
 */
export function tokenRecord(
  columns: TokenColumns,
  position: number,
  atUs: number | null,
  before: TokenBefore,
  metadata: TokenMetadata,
): TokenRecord {
  const { index, timeUs } = tokenAt(columns, position);
  const previous = position === 0 ? before : tokenAt(columns, position - 1);
  const isKnown = atUs !== null && index - previous.index === 1;
  return {
    token_index: index,
    token: tokenText(columns, position),
    kind: tokenKinds[columns.kind[position] ?? -1] ?? 'other',
    timestamp_ms: atUs === null ? null : millisecondsOf(atUs + timeUs),
    delta_ms: isKnown ? millisecondsOf(timeUs - previous.timeUs) : null,
    metadata: metadata.get(index) ?? null,
  };
}

/** All tokens of these columns; the first one's delta is right only when it is the call's first. */
export const tokenRecords = (
  columns: TokenColumns,
  atUs: number | null,
  metadata: TokenMetadata,
): TokenRecord[] =>
  Array.from({ length: columns.count }, (_, position) =>
    tokenRecord(columns, position, atUs, requestSent, metadata),
  );
