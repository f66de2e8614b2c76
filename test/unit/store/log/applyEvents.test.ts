import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type RunKey, type StepKey, stepKey } from '../../../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../../../src/model/units.js';
import type { SqlRow } from '../../../../src/store/database.js';
import { applyEvents } from '../../../../src/store/log/applyEvents.js';
import { interruptOpenCalls } from '../../../../src/store/log/interruptOpenCalls.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { unknownRunId } from '../../../../src/store/log/traceIds.js';
import { aggregateCall } from '../../../../src/store/native/aggregation.js';
import { GrowingNative } from '../../../../src/store/native/growingNative.js';
import { NativeReader } from '../../../../src/store/native/nativeReader.js';
import { TraceWriter } from '../../../../src/store/native/traceWriter.js';
import {
  anyEvents,
  callEnded,
  callStarted,
  contentOf,
  logStartUs,
  runStarted,
  sampleEvents,
  tokensCame,
} from './logEvents.js';

/** What is in a trace after these lists were applied, one after the other. */
async function contentAfter(...lists: readonly (readonly TraceEvent[])[]): Promise<unknown> {
  const writer = await TraceWriter.create();
  try {
    for (const events of lists) applyEvents(writer, events);
    return contentOf(writer);
  } finally {
    writer.close();
  }
}

describe('applying the events of a log', function () {
  this.timeout(20_000);
  let writer: TraceWriter;
  beforeEach(async () => (writer = await TraceWriter.create()));
  afterEach(() => writer.close());

  const row = (sql: string): SqlRow => ({ ...writer.database.get(sql) });
  const texts = (call: string): unknown =>
    writer.database
      .all(
        `SELECT token FROM llm_tokens JOIN steps ON step_key = call_key WHERE step_id = '${call}' ORDER BY token_index`,
      )
      .map(({ token }) => token);

  const keyOf = (id: string): StepKey =>
    stepKey(
      Number(
        writer.database.get('SELECT step_key FROM steps WHERE step_id = ?', [id])?.['step_key'],
      ),
    );

  it('writes what a capture says', () => {
    const applied = applyEvents(writer, sampleEvents);
    assert.deepEqual(
      { skipped: applied.skipped, tokens: applied.tokens, calls: applied.calls },
      { skipped: 0, tokens: 8, calls: 2 },
    );
    assert.deepEqual(texts('one'), ['t0 ', '[redacted]', 't2 ', 't3 ', 't4 ']);
    assert.deepEqual(
      row(`SELECT model, state, http_status, ttft_us, last_token_us, chunk_count, data, status
           FROM llm_calls JOIN steps ON step_key = call_key WHERE step_id = 'one'`),
      {
        ...{ model: 'model-2', state: 'completed', http_status: 200, ttft_us: 100_000 },
        ...{ last_token_us: 180_000, chunk_count: 5, data: '{"connect_ms":3,"a":1}' },
        status: 'completed',
      },
    );
    assert.deepEqual(
      row(`SELECT steps.type, steps.status, steps.duration_us, steps.data, parent.step_id AS parent
           FROM steps JOIN steps AS parent ON parent.step_key = steps.parent_step_key WHERE steps.step_id = 'tool'`),
      {
        ...{ type: 'tool_call', status: 'completed', duration_us: 50_000 },
        ...{ data: '{"output":"nothing"}', parent: 'one' },
      },
    );
    assert.deepEqual(row('SELECT name, status FROM runs'), {
      name: 'Run run',
      status: 'completed',
    });
  });

  it('keeps the metadata of a token', () => {
    const token = [microseconds(1), 0, 'a', { choice: 1 }] as const;
    applyEvents(writer, [
      callStarted('call'),
      { type: 'tokens', callId: 'call', firstIndex: 0, tokens: [token] },
    ]);
    assert.deepEqual(row('SELECT metadata, read_index FROM llm_tokens'), {
      ...{ metadata: '{"choice":1}', read_index: null },
    });
  });

  it('is the same when it is done twice, whatever the events', async () => {
    await fc.assert(
      fc.asyncProperty(anyEvents, async (events) => {
        assert.deepEqual(await contentAfter(events, events), await contentAfter(events));
      }),
      { numRuns: 100 },
    );
  });

  it('is the same when a part was folded and all is applied again', async () => {
    await fc.assert(
      fc.asyncProperty(anyEvents, fc.nat(25), async (events, cut) => {
        const folded = events.slice(0, cut);
        assert.deepEqual(await contentAfter(folded, events), await contentAfter(events));
      }),
      { numRuns: 100 },
    );
  });

  it('is the same when the log was cut behind what had been read further', async () => {
    await fc.assert(
      fc.asyncProperty(anyEvents, fc.nat(25), fc.nat(25), async (events, cut, more) => {
        const read = events.slice(0, cut + more);
        const tail = events.slice(cut);
        assert.deepEqual(await contentAfter(read, tail), await contentAfter(events));
      }),
      { numRuns: 100 },
    );
  });

  it('leaves a call as it is that has ended, when its start comes again', () => {
    applyEvents(writer, sampleEvents);
    applyEvents(writer, [
      sampleEvents[1]!,
      { ...callStarted('one'), model: 'other' } as TraceEvent,
    ]);
    assert.deepEqual(
      row(
        "SELECT state, model FROM llm_calls JOIN steps ON step_key = call_key WHERE step_id = 'one'",
      ),
      { state: 'completed', model: 'model-2' },
    );
  });

  it('says which calls are only longer, and from where on the others are different', () => {
    applyEvents(writer, [
      callStarted('grows'),
      callStarted('changes'),
      tokensCame('changes', 0, 5),
    ]);
    const { changes } = applyEvents(writer, [
      tokensCame('grows', 0, 2),
      tokensCame('grows', 2, 3),
      tokensCame('changes', 5, 1),
      { type: 'token-text', callId: 'changes', index: 3, text: 'x' },
    ]);
    assert.deepEqual([...changes.grown.values()], [5, 1]);
    assert.deepEqual([...changes.rewritten.values()], [3]);
    assert.equal(changes.steps.size + changes.runs.size + changes.placed.size, 0);
  });

  describe('in another order than they happened', () => {
    const reversed = [...sampleEvents].reverse();

    it('loses no token and no end, and leaves no run that was only a waiting place', () => {
      applyEvents(writer, reversed);
      assert.equal(texts('one') instanceof Array && (texts('one') as []).length, 5);
      assert.deepEqual(
        row(
          "SELECT state, model, chunk_count FROM llm_calls JOIN steps ON step_key = call_key WHERE step_id = 'one'",
        ),
        { state: 'completed', model: 'model-2', chunk_count: 5 },
      );
      assert.deepEqual(
        row("SELECT type, status, name, started_at_us, data FROM steps WHERE step_id = 'tool'"),
        {
          ...{ type: 'tool_call', status: 'completed', name: 'search' },
          ...{ started_at_us: logStartUs + 2_000_000, data: '{"output":"nothing"}' },
        },
      );
      assert.deepEqual(row('SELECT count(*) AS runs, min(name) AS name FROM runs'), {
        ...{ runs: 1, name: 'Run run' },
      });
    });

    it('begins a run with the first step that names it', () => {
      applyEvents(writer, [callStarted('call', 'later')]);
      assert.deepEqual(row('SELECT run_id, name, status FROM runs'), {
        ...{ run_id: 'later', name: 'later', status: 'running' },
      });
      applyEvents(writer, [runStarted('later')]);
      assert.deepEqual(row('SELECT name, started_at_us FROM runs'), {
        ...{ name: 'Run later', started_at_us: logStartUs },
      });
    });

    it('shows no run of steps of which nothing but their id came', () => {
      const child = { ...callStarted('call'), parentId: 'never started' } as TraceEvent;
      applyEvents(writer, [runStarted(), child, callEnded('call')]);
      const growing = new GrowingNative(writer.database);
      const runs = (): string[] =>
        NativeReader.open(writer.database)
          .runs()
          .map(({ id }) => id);
      const waiting = row(`SELECT run_key FROM runs WHERE run_id = '${unknownRunId}'`)['run_key'];
      assert.deepEqual(runs(), ['run']);
      assert.equal(growing.run(waiting as RunKey), null);
      applyEvents(writer, [tokensCame('of nobody', 0, 1)]);
      assert.deepEqual(new Set(runs()), new Set([unknownRunId, 'run']));
      assert.equal(growing.run(waiting as RunKey)?.callCount, 1);
    });

    it('shows tokens of a call that nobody started, in a run of their own', () => {
      applyEvents(writer, [tokensCame('call', 0, 2)]);
      assert.deepEqual(row('SELECT run_id, state FROM runs, llm_calls'), {
        ...{ run_id: unknownRunId, state: 'streaming' },
      });
      assert.deepEqual(texts('call'), ['t0 ', 't1 ']);
    });

    it('takes tokens that come after the end of their call, and counts them', () => {
      applyEvents(writer, [callStarted('call'), callEnded('call')]);
      applyEvents(writer, [tokensCame('call', 0, 3)]);
      assert.deepEqual(row('SELECT state, ttft_us, chunk_count FROM llm_calls'), {
        ...{ state: 'completed', ttft_us: 100_000, chunk_count: 3 },
      });
    });

    it('puts tokens that come late where they belong', () => {
      applyEvents(writer, [callStarted('call'), tokensCame('call', 3, 2)]);
      const { changes } = applyEvents(writer, [tokensCame('call', 1, 4)]);
      assert.deepEqual(texts('call'), ['t1 ', 't2 ', 't3 ', 't4 ']);
      assert.deepEqual([...changes.rewritten.values()], [1]);
      assert.deepEqual([...changes.grown.values()], [2]);
    });
  });

  it('skips what contradicts the trace, and goes on', () => {
    const { skipped } = applyEvents(writer, [
      callStarted('call'),
      { type: 'step-ended', stepId: 'call', status: 'x', durationUs: microseconds(1) },
      { type: 'token-text', callId: 'call', index: 7, text: 'x' },
      { type: 'token-text', callId: 'nobody', index: 0, text: 'x' },
      {
        ...{ type: 'step-started', stepId: 'call', runId: 'run', stepType: 'stage', name: 'x' },
        atUs: epochMicroseconds(1),
      },
      tokensCame('call', 0, 1),
    ]);
    assert.equal(skipped, 4);
    assert.deepEqual(texts('call'), ['t0 ']);
  });

  it('does not bring back tokens that were dropped on purpose', () => {
    const end = { ...callEnded('one'), receivedTokens: 50, data: { late: true } } as TraceEvent;
    const text: TraceEvent = { type: 'token-text', callId: 'one', index: 25, text: 'whole' };
    const log = [runStarted(), callStarted('one'), tokensCame('one', 0, 50), text, end];
    applyEvents(writer, log);
    assert.ok(aggregateCall(writer, keyOf('one'), logStartUs));
    const before = contentOf(writer);
    assert.equal(row('SELECT count(*) AS n FROM llm_tokens')['n'], 20);
    for (const again of [log, log.slice(2), [tokensCame('one', 5, 60)], [end]]) {
      const { skipped, tokens } = applyEvents(writer, again);
      assert.deepEqual([skipped, tokens], [0, 0]);
      assert.deepEqual(contentOf(writer), before);
    }
  });

  it('goes on with a trace that holds aggregated calls, and leaves those as they are', async () => {
    applyEvents(writer, [
      ...[runStarted(), callStarted('old'), tokensCame('old', 0, 50), callEnded('old')],
    ]);
    aggregateCall(writer, keyOf('old'), logStartUs);
    const again = await TraceWriter.fromBytes(writer.toBytes());
    applyEvents(again, [callStarted('new'), tokensCame('new', 0, 30), callEnded('new')]);
    interruptOpenCalls(again, 'ended');
    const oldRows = (of: TraceWriter): unknown =>
      ['llm_calls', 'llm_tokens'].map((table) =>
        of.database
          .all(`SELECT * FROM ${table} WHERE call_key = ?`, [keyOf('old')])
          .map((found) => ({ ...found })),
      );
    assert.deepEqual(oldRows(again), oldRows(writer));
    assert.equal(again.database.get('SELECT count(*) AS n FROM llm_tokens')?.['n'], 20 + 30);
    again.close();
  });

  it('interrupts what a capture left open when it died, and keeps what came', () => {
    applyEvents(writer, [...sampleEvents.slice(0, 9), tokensCame('two', 1, 1)]);
    assert.equal(interruptOpenCalls(writer), 2);
    assert.deepEqual(
      row(`SELECT state, error_code, error_message, llm_calls.duration_us, status, http_status, ttft_us
           FROM llm_calls JOIN steps ON step_key = call_key WHERE step_id = 'one'`),
      {
        ...{ state: 'interrupted', error_code: 'INTERRUPTED', duration_us: 180_000 },
        error_message: 'The capture ended unexpectedly after 5 tokens.',
        ...{ status: 'interrupted', http_status: 200, ttft_us: 100_000 },
      },
    );
    assert.deepEqual(
      row(
        "SELECT runs.status, ended_at_us, steps.status AS tool FROM runs, steps WHERE step_id = 'tool'",
      ),
      { status: 'failed', ended_at_us: logStartUs + 2_000_000, tool: 'interrupted' },
    );
    const before = contentOf(writer);
    applyEvents(writer, sampleEvents.slice(0, 9));
    assert.equal(interruptOpenCalls(writer), 0);
    assert.deepEqual(contentOf(writer), before);
  });

  it('completes a call that was taken for interrupted, when its end comes after all', () => {
    applyEvents(writer, [callStarted('call'), tokensCame('call', 0, 1)]);
    interruptOpenCalls(writer);
    applyEvents(writer, [tokensCame('call', 1, 1), callEnded('call')]);
    assert.deepEqual(row('SELECT state, error_code, error_message, chunk_count FROM llm_calls'), {
      ...{ state: 'completed', error_code: null, error_message: null, chunk_count: 2 },
    });
  });

  it('refuses to write into a trace whose schema would compute something', async () => {
    writer.database.exec(
      'CREATE TRIGGER slow AFTER INSERT ON llm_tokens BEGIN UPDATE runs SET name = hex(zeroblob(1000000)); END',
    );
    await assert.rejects(TraceWriter.fromBytes(writer.toBytes()), /"slow" in it was added/);
  });
});
