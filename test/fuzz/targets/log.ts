/** The log of a capture: parsed, and applied to a trace once, twice and in pieces. */
import assert from 'node:assert/strict';
import { TraceError } from '../../../src/protocol/errors.js';
import { EventApplier } from '../../../src/store/log/applyEvents.js';
import { encodeEvent, encodeHeader } from '../../../src/store/log/logLines.js';
import { type ParsedLog, parseLog } from '../../../src/store/log/parseLog.js';
import type { TraceEvent } from '../../../src/store/log/traceEvent.js';
import {
  callEnded,
  callStarted,
  runStarted,
  tokensOf,
} from '../../unit/capture/log/sampleEvents.js';
import { ReusedTrace, contentOf } from '../reusedTrace.js';
import { type FuzzTarget, bytesOf } from '../target.js';

const reused = new ReusedTrace();

async function applied(parts: readonly (readonly TraceEvent[])[]): Promise<unknown> {
  const writer = await reused.empty();
  for (const events of parts) new EventApplier(writer).apply(events);
  return contentOf(writer);
}

function parsed(bytes: Uint8Array): ParsedLog | null {
  try {
    return parseLog(bytes);
  } catch (thrown) {
    assert.ok(thrown instanceof TraceError && thrown.code === 'too-new', String(thrown));
    return null;
  }
}

const seedLog = (...events: readonly unknown[]): Uint8Array =>
  bytesOf(encodeHeader('abc') + events.map((event) => encodeEvent(event as TraceEvent)).join(''));

const atUs = 1_700_000_000_500_000;

export const log: FuzzTarget = {
  name: 'log',
  seeds: () => [
    seedLog(runStarted, callStarted('c'), tokensOf('c', 0, 3), tokensOf('c', 3, 2), callEnded('c')),
    seedLog(
      { type: 'step-started', stepId: 's', runId: 'run', stepType: 'tool_call', name: 't', atUs },
      { type: 'step-ended', stepId: 's', status: 'completed', durationUs: 5, data: { a: 1 } },
      runStarted,
      {
        type: 'call-started',
        ...{ callId: 'd', runId: 'run', name: 'd', atUs, clockSource: 'sdk' },
        streaming: false,
        sampleRate: 0.5,
        parentId: 's',
      },
      {
        type: 'tokens',
        callId: 'd',
        firstIndex: 2,
        tokens: [
          [1, 0, ''],
          [2.5, 1, 'x', { id: 'a' }],
        ],
      },
      { type: 'token-text', callId: 'd', index: 2, text: 'later' },
      { type: 'call-described', callId: 'd', model: 'm', httpStatus: 200, data: { b: 2 } },
      {
        type: 'call-ended',
        callId: 'd',
        state: 'failed',
        durationUs: 9,
        errorCode: 'LLM_ERROR',
        statistics: { ttft_us: 3 },
        receivedTokens: 7,
      },
      { type: 'run-ended', runId: 'run', status: 'completed', atUs },
    ),
  ],
  words: [
    ...['"type":"tokens"', '"callId":"c"', '"callId":"s"', '"stepId":"c"', '"runId":"run"', '\n'],
    ...['"parentId":"c"', '"firstIndex":4294967290', '"atUs":0', '"atUs":1e15', '"durationUs":0.5'],
    ...['"sampleRate":0', '"data":{"aggregated":1}', '{"llmStreamLog":1,"id":"x"}\n', '[1,0,"a"]'],
  ],
  longestInput: 8_192,
  // The first one compiles SQLite.
  slowestMs: 5_000,
  check: async (input) => {
    const whole = parsed(input);
    if (!whole) return ['too new'];
    assert.ok(whole.validBytes <= input.length);
    const again = parseLog(bytesOf(whole.events.map(encodeEvent).join('')));
    assert.deepEqual(again.events, JSON.parse(JSON.stringify(whole.events)), 'written and read');
    const once = await applied([whole.events]);
    assert.deepEqual(await applied([whole.events, whole.events]), once, 'applied twice');
    const middle = whole.events.length >> 1;
    const inPieces = [whole.events.slice(0, middle), whole.events.slice(middle)];
    assert.deepEqual(await applied(inPieces), once, 'applied in two pieces');
    return traitsOf(whole);
  },
};

function traitsOf({ events, header, skipped }: ParsedLog): string[] {
  const traits = [header ? 'header' : 'no header', `${Math.min(4, skipped)} skipped`];
  let before = '';
  for (const { type } of events) {
    traits.push(`${before} ${type}`);
    before = type;
  }
  for (const event of events) traits.push(`${event.type}: ${Object.keys(event).length}`);
  return traits;
}
