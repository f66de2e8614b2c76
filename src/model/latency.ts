/** The times and rates of one call, each term of docs/metrics.md as one function. Null: not known or not defined. */
import { type TokenColumns, TokenKind, tokenTime } from './tokens.js';
import type { TokenCountSource } from './provenance.js';
import { type Microseconds, microseconds } from './units.js';

/** A number of output tokens and where it is from. */
export interface OutputTokens {
  readonly count: number;
  readonly source: TokenCountSource;
}

/**
 * How many tokens a call put out: what the recorder was told (usage, logprobs, an estimate), else how
 * many chunks with content came, which is said by the source. A told 0 beside received chunks is no count.
 */
export function outputTokens(call: {
  readonly completionTokens: number | null;
  readonly tokenCountSource: TokenCountSource | null;
  readonly receivedTokens: number;
}): OutputTokens | null {
  if (call.completionTokens !== null && (call.completionTokens > 0 || call.receivedTokens === 0)) {
    return { count: call.completionTokens, source: call.tokenCountSource ?? 'usage' };
  }
  return call.receivedTokens > 0 ? { count: call.receivedTokens, source: 'chunks' } : null;
}

/** Whether every chunk is known to be one token: by logprobs, or because usage counts as many tokens as chunks. */
export function chunksAreTokens(tokens: OutputTokens | null, receivedTokens: number): boolean {
  if (tokens === null || tokens.count !== receivedTokens) return false;
  return tokens.source === 'logprobs' || tokens.source === 'usage';
}

/** TTFT: request sent → first chunk with generated content of any channel. */
export function timeToFirstToken(
  columns: TokenColumns,
  receivedTokens: number,
): Microseconds | null {
  return timeOfFirst(columns, receivedTokens, () => true);
}

/** TTFO: request sent → first chunk of visible text. */
export function timeToFirstOutput(
  columns: TokenColumns,
  receivedTokens: number,
): Microseconds | null {
  return timeOfFirst(columns, receivedTokens, (kind) => kind === TokenKind.text);
}

/** Where tokens were left out, the first one kept is only the first one if none before it is missing. */
function timeOfFirst(
  columns: TokenColumns,
  receivedTokens: number,
  wanted: (kind: number) => boolean,
): Microseconds | null {
  const position = columns.kind.findIndex((kind, at) => wanted(kind) && !isEmptyAt(columns, at));
  if (position < 0) return null;
  const someLeftOut = receivedTokens > columns.count || isSampled(columns);
  if (someLeftOut && columns.index[position] !== position) return null;
  return tokenTime(columns, position);
}

/** Request sent → last chunk with content; null when later tokens, which may have one, were left out of the file. */
export function timeOfLastToken(
  columns: TokenColumns,
  receivedTokens: number,
): Microseconds | null {
  const end = columns.count - 1;
  const missingAfter = receivedTokens > columns.count && columns.index[end] !== receivedTokens - 1;
  if (missingAfter) return null;
  let last = end;
  while (last >= 0 && isEmptyAt(columns, last)) {
    if (last > 0 && (columns.index[last] ?? 0) - (columns.index[last - 1] ?? 0) > 1) return null;
    last--;
  }
  return last < 0 ? null : tokenTime(columns, last);
}

function isEmptyAt({ textEnd }: TokenColumns, position: number): boolean {
  return textEnd[position] === (position === 0 ? 0 : textEnd[position - 1]);
}

/** Whether the indices show that tokens between the first and the last are missing. */
export function isSampled(columns: TokenColumns): boolean {
  const first = columns.index[0] ?? 0;
  const last = columns.index[columns.count - 1] ?? 0;
  return last - first >= columns.count;
}

/**
 * ICL: µs between neighbouring chunks with content, t[i] − t[i−1], ascending. Sorted because every use
 * of the list is a percentile of it.
 */
export function sortedInterChunkLatencies(offsetUs: Float64Array): Float64Array {
  const latencies = new Float64Array(Math.max(0, offsetUs.length - 1));
  for (let position = 1; position < offsetUs.length; position++) {
    latencies[position - 1] = (offsetUs[position] ?? 0) - (offsetUs[position - 1] ?? 0);
  }
  return latencies.sort();
}

/** TPOT: (end-to-end latency − TTFT) / (output tokens − 1), µs per token; undefined for one token or none. */
export function timePerOutputToken(
  durationUs: Microseconds | null,
  ttftUs: Microseconds | null,
  tokens: number | null,
): Microseconds | null {
  if (durationUs === null || ttftUs === null || tokens === null) return null;
  if (tokens <= 1 || durationUs < ttftUs) return null;
  return microseconds((durationUs - ttftUs) / (tokens - 1));
}

/** Output tokens/s: output tokens / (last token − first token); undefined when all came at once. */
export function outputTokensPerSecond(
  tokens: number | null,
  firstUs: Microseconds | null,
  lastUs: Microseconds | null,
): number | null {
  if (tokens === null || firstUs === null || lastUs === null) return null;
  return perSecond(tokens, lastUs - firstUs);
}

/** Effective tokens/s: output tokens / (end − request sent), so including the wait for the first token. */
export function effectiveTokensPerSecond(
  tokens: number | null,
  durationUs: Microseconds | null,
): number | null {
  if (tokens === null || durationUs === null) return null;
  return perSecond(tokens, durationUs);
}

function perSecond(count: number, lengthUs: number): number | null {
  return lengthUs > 0 ? (count * 1_000_000) / lengthUs : null;
}
