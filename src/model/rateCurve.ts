/** How fast the tokens of a call came, kept when they go: how many in each part of the stream. */
import type { TokenColumns } from './tokens.js';
import { type Microseconds, microseconds } from './units.js';

export interface RateCurve {
  /** When the first token came, since the request was sent. */
  readonly startUs: Microseconds;
  /** Length of a part; the last one ends with the last token. 0 when all came at once. */
  readonly stepUs: Microseconds;
  /** Tokens in each part, the first and the last one among them; at most 200 parts. */
  readonly counts: readonly number[];
}

export const mostCurveParts = 200;
/** Rates are shown over windows of at least 250 ms: finer parts would only take room. */
const shortestPartUs = 50_000;

/**
 * Null where no times are known: no token comes at the moment of the request.
 * @param columns tokens with content, none of them left out
 */
export function rateCurve({ count, offsetUs }: TokenColumns): RateCurve | null {
  const first = offsetUs[0];
  const last = offsetUs[count - 1];
  if (first === undefined || last === undefined || last <= 0) return null;
  const streamUs = last - first;
  const parts = Math.max(1, Math.min(mostCurveParts, Math.ceil(streamUs / shortestPartUs)));
  const stepUs = streamUs / parts;
  const counts = new Array<number>(parts).fill(0);
  for (let position = 0; position < count; position++) {
    const part = Math.floor(((offsetUs[position] ?? 0) - first) / stepUs);
    // All at once is 0 / 0; the last token lies at the end of the last part.
    const at = Math.min(part || 0, parts - 1);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return { startUs: microseconds(first), stepUs: microseconds(stepUs), counts };
}
