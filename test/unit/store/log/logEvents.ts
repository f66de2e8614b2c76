/** Events of a capture's log for tests: some that make sense, and any. */
import fc from 'fast-check';
import { TokenKind } from '../../../../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../../../../src/model/units.js';
import { encodeEvent, encodeHeader } from '../../../../src/store/log/logLines.js';
import { readEvent } from '../../../../src/store/log/readEvent.js';
import type { LoggedToken, TraceEvent } from '../../../../src/store/log/traceEvent.js';
import type { TraceWriter } from '../../../../src/store/native/traceWriter.js';

export const logStartUs = epochMicroseconds(1_700_000_000_000_000);

/** Tokens "t0 ", "t1 ", … at 100 ms, 120 ms, … */
export function loggedTokens(from: number, count: number): LoggedToken[] {
  return Array.from({ length: count }, (_, at) => [
    microseconds(100_000 + (from + at) * 20_000),
    TokenKind.text,
    `t${from + at} `,
  ]);
}

export const runStarted = (runId = 'run'): TraceEvent => ({
  ...{ type: 'run-started', runId, name: `Run ${runId}`, atUs: logStartUs },
});

export const callStarted = (callId: string, runId = 'run'): TraceEvent => ({
  ...{ type: 'call-started', callId, runId, name: callId, clockSource: 'proxy', streaming: true },
  ...{ model: 'model-1', atUs: epochMicroseconds(logStartUs + 1_000_000) },
});

export const tokensCame = (callId: string, from: number, count: number): TraceEvent => ({
  ...{ type: 'tokens', callId, firstIndex: from, readIndex: from },
  tokens: loggedTokens(from, count),
});

export const callEnded = (callId: string): TraceEvent => ({
  ...{ type: 'call-ended', callId, state: 'completed', durationUs: microseconds(5_000_000) },
});

/** A run with two calls, a tool and an end. */
export const sampleEvents: readonly TraceEvent[] = [
  runStarted(),
  { ...callStarted('one'), data: { connect_ms: 3 } } as TraceEvent,
  tokensCame('one', 0, 2),
  { type: 'call-described', callId: 'one', model: 'model-2', httpStatus: 200, data: { a: 1 } },
  callStarted('two'),
  tokensCame('two', 0, 1),
  tokensCame('one', 2, 3),
  { type: 'token-text', callId: 'one', index: 1, text: '[redacted]' },
  {
    ...{ type: 'step-started', stepId: 'tool', runId: 'run', parentId: 'one', name: 'search' },
    ...{ stepType: 'tool_call', atUs: epochMicroseconds(logStartUs + 2_000_000) },
    ...{ status: 'running', data: { input: 'naïve 日本' } },
  },
  callEnded('one'),
  {
    ...{ type: 'step-ended', stepId: 'tool', status: 'completed' },
    ...{ durationUs: microseconds(50_000), data: { output: 'nothing' } },
  },
  tokensCame('two', 1, 2),
  callEnded('two'),
  {
    ...{ type: 'run-ended', runId: 'run', status: 'completed' },
    atUs: epochMicroseconds(logStartUs + 9_000_000),
  },
];

export function encodeLog(events: readonly TraceEvent[], id = 'log-1'): Buffer {
  return Buffer.from(encodeHeader(id) + events.map(encodeEvent).join(''));
}

/** Every row of the trace, keys and all. */
export function contentOf({ database }: TraceWriter): unknown {
  return ['runs', 'steps', 'llm_calls', 'llm_tokens'].map((table) =>
    database.all(`SELECT * FROM ${table}`).map((row) => ({ ...row })),
  );
}

const runId = fc.constantFrom('run-0', 'run-1', 'run-2');
const callId = fc.constantFrom('call-0', 'call-1', 'call-2', 'both');
const stepId = fc.constantFrom('step-0', 'step-1', 'both');
const parentId = fc.option(fc.oneof(callId, stepId), { nil: undefined });
const atUs = fc.integer({ min: 1, max: 50 });
const duration = fc.nat(1_000);
const text = fc.constantFrom('', 'a', 'naïve', '日本', '"\n');
const name = fc.constantFrom('detailed', 'summary');
const data = fc.option(
  fc.oneof(
    fc.dictionary(
      fc.constantFrom('a', 'b', 'input', '__proto__', 'progress', 'message', 'phases'),
      fc.nat(3),
    ),
    fc.constant('text'),
  ),
  { nil: undefined },
);
const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(of, { nil: undefined });
const statistics = fc.record(
  { ttft_us: duration, last_token_us: duration, icl_p50_us: duration, icl_max_us: duration },
  { requiredKeys: [] },
);
const token = fc.tuple(fc.nat(10_000), fc.nat(6), text, fc.constantFrom({}, { choice: 1 }));

const anyFields = fc.oneof(
  fc.record({ type: fc.constant('run-started'), runId, name: text, atUs, userId: optional(text) }),
  fc.record({
    ...{ type: fc.constant('run-ended'), runId, atUs },
    status: fc.constantFrom('completed', 'failed'),
  }),
  fc.record({
    ...{ type: fc.constant('step-started'), stepId, runId, parentId, name: text, atUs, data },
    ...{ stepType: fc.constantFrom('tool_call', 'stage'), status: optional(text) },
  }),
  fc.record({
    ...{ type: fc.constant('step-progressed'), stepId, atUs, phase: optional(name) },
    ...{ progress: optional(fc.constantFrom(0, 0.5, 1)), message: optional(name) },
  }),
  fc.record({ type: fc.constant('step-ended'), stepId, status: text, durationUs: duration, data }),
  fc.record({
    ...{ type: fc.constant('call-started'), callId, runId, parentId, name: text, atUs, data },
    ...{ clockSource: fc.constantFrom('proxy', 'sdk'), streaming: fc.boolean() },
    ...{ model: optional(text), sampleRate: optional(fc.constantFrom(1, 0.5, 0)) },
  }),
  fc.record({
    ...{ type: fc.constant('call-described'), callId, name: optional(text), data },
    ...{ atUs: optional(atUs), model: optional(text), ttfcUs: optional(duration) },
  }),
  fc.record({
    ...{ type: fc.constant('tokens'), callId, firstIndex: fc.nat(12) },
    ...{ readIndex: optional(fc.nat(5)), tokens: fc.array(token, { maxLength: 4 }) },
  }),
  fc.record({ type: fc.constant('token-text'), callId, index: fc.nat(12), text }),
  fc.record({
    ...{ type: fc.constant('call-ended'), callId, durationUs: duration, data },
    state: fc.constantFrom('completed', 'failed', 'aborted'),
    ...{ errorCode: optional(fc.constantFrom('TIMEOUT')), completionTokens: optional(fc.nat(9)) },
    ...{ receivedTokens: optional(fc.nat(30)), statistics: optional(statistics) },
  }),
);

/** Any events in any order, about a few runs, calls and steps; as they come out of a log. */
export const anyEvents: fc.Arbitrary<TraceEvent[]> = fc
  .array(anyFields, { maxLength: 25 })
  .map((fields) =>
    fields.map((event) => {
      const read = readEvent(JSON.parse(JSON.stringify(event)));
      if (!read) throw new Error(`not an event: ${JSON.stringify(event)}`);
      return read;
    }),
  )
  .map(withTextsBehindTokens);

/** A token's text is only ever completed after the token was logged. */
function withTextsBehindTokens(events: TraceEvent[]): TraceEvent[] {
  const came = new Set<string>();
  return events.filter((event) => {
    if (event.type === 'tokens') {
      event.tokens.forEach((_, at) => came.add(`${event.callId} ${event.firstIndex + at}`));
    }
    return event.type !== 'token-text' || came.has(`${event.callId} ${event.index}`);
  });
}
