/** What an agent sends: every line is an event or refused, and what is accepted can be logged and stored. */
import assert from 'node:assert/strict';
import { Ingest } from '../../../src/capture/api/ingest/ingest.js';
import { createRedaction } from '../../../src/redaction/redaction.js';
import { EventApplier } from '../../../src/store/log/applyEvents.js';
import { readEvent } from '../../../src/store/log/readEvent.js';
import type { TraceEvent } from '../../../src/store/log/traceEvent.js';
import { ReusedTrace } from '../reusedTrace.js';
import { type FuzzTarget, bytesOf } from '../target.js';

const redaction = createRedaction({ useDefaults: true, keys: ['password'], patterns: [] });
const reused = new ReusedTrace();
const timestamp_us = 1_763_627_000_000_000;
const lines = (...events: readonly object[]): Uint8Array =>
  bytesOf(events.map((event) => `${JSON.stringify({ timestamp_us, ...event })}\n`).join(''));

export const ingest: FuzzTarget = {
  name: 'ingest',
  seeds: () => [
    lines(
      { type: 'run_start', run_id: 'r', name: 'a', metadata: { a: [1] } },
      { type: 'llm_call_start', llm_call_id: 'c', run_id: 'r', model: 'm', request: { b: 'sk-x' } },
      {
        type: 'llm_tokens',
        llm_call_id: 'c',
        first_index: 0,
        tokens: [
          { token: 'a', offset_us: 1 },
          { token: 'b', kind: 'reasoning', index: 3, metadata: { id: 1 } },
        ],
      },
      {
        type: 'llm_call_end',
        llm_call_id: 'c',
        duration_us: 9,
        usage: { prompt_tokens: 1 },
        error: { code: 'x', message: 'y' },
        statistics: { first_token_us: 3 },
      },
      { type: 'run_end', run_id: 'r', status: 'failed' },
    ),
    lines(
      { type: 'step_start', step_id: 's', run_id: 'r', step_type: 'tool_call', data: { input: 1 } },
      { type: 'step_end', step_id: 's', duration_us: 1, data: { output: 2 } },
      {
        type: 'event',
        step_id: 'e',
        run_id: 'r',
        parent_id: 's',
        step_type: 'error',
        data: { error: 'no' },
      },
    ),
  ],
  words: [
    ...[
      '"type":"llm_tokens"',
      '"type":"step_progress"',
      '"llm_call_id":"c"',
      '"step_id":"c"',
      '\n',
    ],
    ...['"first_index":4294957295', '"offset_us":0', '"status":"aborted"', '"sample_rate":0.5'],
    ...[
      '"progress":0.5',
      '"phase":"p"',
      '"message":"m"',
      'sk-proj-Ab1Zq7RkT2mWvB9xLpC4dNf',
      '\\ud800',
    ],
  ],
  longestInput: 8_192,
  // The first one compiles SQLite.
  slowestMs: 5_000,
  check: async (input) => {
    const events: TraceEvent[] = [];
    const sink = {
      append: (more: readonly TraceEvent[]) => {
        events.push(...more);
        return true;
      },
    };
    const receiver = new Ingest({ sink, redaction });
    const result = await receiver.accept(Buffer.from(input));
    const sent = Buffer.from(input).toString('latin1').split('\n');
    const filled = sent.filter((line) => line.length >= 100 || line.trim() !== '').length;
    assert.equal(result.accepted + result.rejected_count, filled, 'a line is lost');
    receiver.endCalls();
    for (const event of events) {
      const plain = JSON.parse(JSON.stringify(event)) as unknown;
      assert.deepEqual(readEvent(plain), plain, 'the log would not give it back');
    }
    new EventApplier(await reused.empty()).apply(events);
    return [
      ...result.rejected.map(({ message }) => message.replace(/\d+/g, '0')),
      ...events.map((event) => `${event.type} ${Object.keys(event).length}`),
    ];
  },
};
