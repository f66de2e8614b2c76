/** `llm-stream tokens FILE --call ID [--from MS] [--to MS] [--json]`: one line a token. */
import { unknownFigure } from '../model/formatting.js';
import {
  type TokenColumns,
  isBehindGap,
  positionsBetween,
  tokenDelta,
  tokenKindLabels,
  tokenText,
} from '../model/tokens.js';
import type { Call, StepKey } from '../model/trace.js';
import { TraceError } from '../protocol/errors.js';
import type { TraceQueries } from '../store/traceQueries.js';
import { millisecondsOf } from '../model/jsonFigures.js';
import { escapeControls, jsonLine } from './terminalText.js';

/** Lines are handed on in pieces: a million tokens neither fill the memory nor are written one by one. */
const linesAtOnce = 1_000;

export interface TokenRequest {
  readonly callId: string;
  /** Milliseconds since the request was sent, both inclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly format: 'json' | 'text';
}

export function tokenLines(
  trace: TraceQueries,
  { callId, fromMs, toMs, format }: TokenRequest,
): Generator<string> {
  const { key, call } = findCall(trace, callId);
  const columns = trace.tokens(key);
  const timed = call.clockSource !== 'order-only';
  if (!timed && (fromMs !== -Infinity || toMs !== Infinity)) {
    throw new TraceError(
      'invalid',
      `The file knows the order of the tokens of "${callId}" and no times. Leave out --from and --to.`,
    );
  }
  const line = format === 'json' ? jsonToken : textToken;
  // The time since a token that others came after says nothing.
  const hasDelta = (position: number): boolean =>
    timed && !(call.aggregated && isBehindGap(columns, position));
  const { from, to } = positionsBetween(columns, fromMs * 1_000, toMs * 1_000);
  return inPieces(from, to, (position) => line(columns, position, timed, hasDelta(position)));
}

function findCall(trace: TraceQueries, id: string): { key: StepKey; call: Call } {
  for (const run of trace.summary().runs) {
    for (const step of trace.run(run.key).steps) {
      if (step.call && step.id === id) return { key: step.key, call: step.call };
    }
  }
  throw new TraceError(
    'invalid',
    `${trace.summary().fileName} has no LLM call "${id}". "llm-stream stats" lists its calls.`,
  );
}

function* inPieces(
  from: number,
  to: number,
  line: (position: number) => string,
): Generator<string> {
  for (let start = from; start < to; start += linesAtOnce) {
    let piece = '';
    const end = Math.min(to, start + linesAtOnce);
    for (let position = start; position < end; position++) piece += line(position);
    yield piece;
  }
}

/** Times since the request was sent (since the first token, where the file does not know the request). */
function jsonToken(
  columns: TokenColumns,
  position: number,
  timed: boolean,
  hasDelta: boolean,
): string {
  return jsonLine({
    index: columns.index[position],
    // A name for programs: `tool_arguments`.
    kind: kindLabel(columns, position).replace(' ', '_'),
    token: tokenText(columns, position),
    time_ms: timed ? millisecondsOf(columns.offsetUs[position] ?? 0) : null,
    delta_ms: hasDelta ? millisecondsOf(tokenDelta(columns, position)) : null,
  });
}

function textToken(
  columns: TokenColumns,
  position: number,
  timed: boolean,
  hasDelta: boolean,
): string {
  const ms = (us: number): string => (us / 1_000).toFixed(3);
  const time = timed ? ms(columns.offsetUs[position] ?? 0) : unknownFigure;
  const delta = hasDelta ? `+${ms(tokenDelta(columns, position))}` : unknownFigure;
  return [
    String(columns.index[position]).padStart(7),
    kindLabel(columns, position).padEnd(16),
    time.padStart(12),
    delta.padStart(12),
    // Quoted, so that white space at the ends can be seen.
    `${escapeControls(JSON.stringify(tokenText(columns, position)))}\n`,
  ].join('  ');
}

const kindLabel = (columns: TokenColumns, position: number): string =>
  tokenKindLabels[columns.kind[position] ?? 0] ?? 'other';
