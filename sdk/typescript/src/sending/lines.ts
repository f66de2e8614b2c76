/** The lines of NDJSON that go over the wire, each within the limits of `POST /v1/events`. */
import { Buffer } from 'node:buffer';
import type { WireEvent, WireToken } from '../wire.js';
import type { TokenBatch } from './outbox.js';
import { roughSize } from './roughSize.js';

const longestLineBytes = 4 * 1024 * 1024;
/** Of characters in a line of tokens: more go into a line of their own. */
const mostCharacters = 500_000;
/** What is left of a value of an event that is too long for a line. */
const keptCharacters = 100_000;

/** @throws when it is no JSON (cyclic, BigInt), or too long in spite of all. */
export function lineOfEvent(event: WireEvent): string {
  const line = `${JSON.stringify(event)}\n`;
  if (fits(line)) return line;
  const shorter = `${JSON.stringify(shortened(event, 2))}\n`;
  if (fits(shorter)) return shorter;
  throw new RangeError('an event is too long for a line');
}

export function* linesOfBatch(batch: TokenBatch): Generator<string> {
  let firstIndex = batch.firstIndex;
  for (const tokens of groupsOf(batch.toWireTokens())) {
    yield lineOfTokens(batch.callId, firstIndex, tokens);
    for (const { index } of tokens) firstIndex = (index ?? firstIndex) + 1;
  }
}

function* groupsOf(tokens: readonly WireToken[]): Generator<readonly WireToken[]> {
  let start = 0;
  let characters = 0;
  for (const [place, token] of tokens.entries()) {
    const length = token.token.length + (token.metadata ? roughSize(token.metadata) : 0);
    if (place > start && characters + length > mostCharacters) {
      yield tokens.slice(start, place);
      start = place;
      characters = 0;
    }
    characters += length;
  }
  if (start < tokens.length) yield tokens.slice(start);
}

function lineOfTokens(callId: string, firstIndex: number, tokens: readonly WireToken[]): string {
  const event = { type: 'llm_tokens', llm_call_id: callId, first_index: firstIndex } as const;
  const line = `${JSON.stringify({ ...event, tokens })}\n`;
  return fits(line) ? line : lineOfEvent({ ...event, tokens: tokens.map(cutToken) });
}

/** In JSON a character may have six bytes. */
function cutToken(token: WireToken): WireToken {
  const kept = token.token.slice(0, keptCharacters);
  if (kept === token.token) return token;
  return { ...token, token: kept, metadata: { cut_characters: token.token.length - kept.length } };
}

/** Long values become the beginning of their text; what is not long stays as it is. */
function shortened(value: unknown, levels: number): unknown {
  if (roughSize(value) <= keptCharacters) return value;
  if (levels > 0 && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields = Object.entries(value).map(([key, inner]) => [key, shortened(inner, levels - 1)]);
    return Object.fromEntries(fields) as unknown;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const left = text.length - keptCharacters;
  return left > 0 ? `${text.slice(0, keptCharacters)}… [${left} characters are left out]` : text;
}

const fits = (line: string): boolean =>
  line.length * 3 <= longestLineBytes || Buffer.byteLength(line) <= longestLineBytes;
