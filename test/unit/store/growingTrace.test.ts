import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type TokenColumns, joinColumns, sliceColumns } from '../../../src/model/tokens.js';
import type { RunDetail, RunKey, StepKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { mergeRun, readRun } from '../../../src/protocol/readRun.js';
import type { TraceRequests } from '../../../src/protocol/storeMessages.js';
import { Database } from '../../../src/store/database.js';
import { EventApplier } from '../../../src/store/log/applyEvents.js';
import type { TraceEvent } from '../../../src/store/log/traceEvent.js';
import { GrowingNative } from '../../../src/store/native/growingNative.js';
import { NativeReader } from '../../../src/store/native/nativeReader.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';
import { TraceQueries } from '../../../src/store/traceQueries.js';
import { stallRule } from './exampleTrace.js';
import { anyEvents, callEnded, callStarted, runStarted, tokensCame } from './log/logEvents.js';

/** A trace that is open and grows, and what somebody holds who asks only for what changed. */
class GrowingTrace {
  readonly queries: TraceQueries;
  private readonly applier: EventApplier;
  private readonly runs = new Map<RunKey, RunDetail>();
  private readonly tokens = new Map<StepKey, { columns: TokenColumns; revision: number }>();

  private constructor(private readonly database: Database) {
    this.applier = new EventApplier(TraceWriter.over(database));
    this.queries = new TraceQueries({
      reader: NativeReader.open(database),
      growing: new GrowingNative(database),
      ...{ fileName: 'a', generation: 1, stallRule, notices: () => [] },
    });
  }

  static async open(): Promise<GrowingTrace> {
    return new GrowingTrace(await Database.open());
  }

  apply(events: readonly TraceEvent[]): void {
    this.queries.changed(this.applier.apply(events).changes);
  }

  ask = <M extends 'run' | 'runChanges'>(
    _method: M,
    params: TraceRequests[M]['params'],
  ): Promise<TraceRequests[M]['result']> => {
    const result =
      'since' in params
        ? this.queries.runChanges(params.run, params.since)
        : this.queries.run(params.run);
    return Promise.resolve(result as TraceRequests[M]['result']);
  };

  async holdRun(run: RunKey): Promise<RunDetail> {
    const detail = await readRun(this.ask, run, this.runs.get(run) ?? null);
    this.runs.set(run, detail);
    return detail;
  }

  /** In two slices, as the page may ask. */
  holdTokens(call: StepKey): TokenColumns {
    for (let turn = 0; turn < 2; turn++) {
      const held = this.tokens.get(call);
      const from = held?.columns.count ?? 0;
      const slice = this.queries.tokenSlice({
        ...{ call, from, count: turn === 0 ? 2 : 1e9 },
        ...(held ? { revision: held.revision } : {}),
      });
      const before = held ? [sliceColumns(held.columns, 0, slice.from)] : [];
      this.tokens.set(call, {
        columns: joinColumns([...before, slice]),
        revision: slice.revision,
      });
    }
    return this.tokens.get(call)!.columns;
  }

  /** The same trace, opened anew. */
  async openedAnew(): Promise<TraceQueries> {
    const reader = NativeReader.open(await Database.open(this.database.export()));
    const { generation } = this.queries;
    return new TraceQueries({
      ...{ reader, fileName: 'a', generation, stallRule, notices: () => [] },
    });
  }
}

describe('a trace that grows', () => {
  it('answers as if it were opened anew, and so does what was held of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyEvents,
        fc.infiniteStream(fc.integer({ min: 1, max: 6 })),
        fc.infiniteStream(fc.boolean()),
        async (events, sizes, asks) => {
          const trace = await GrowingTrace.open();
          for (let at = 0; at < events.length;) {
            const size = sizes.next().value as number;
            trace.apply(events.slice(at, at + size));
            at += size;
            const anew = await trace.openedAnew();
            assert.deepEqual(trace.queries.summary(), anew.summary());
            for (const { key } of anew.summary().runs) {
              if (!asks.next().value) continue;
              const expected = anew.run(key);
              assert.deepEqual(trace.queries.run(key), expected);
              assert.deepEqual(await trace.holdRun(key), expected);
              for (const step of expected.steps) {
                if (!step.call || !asks.next().value) continue;
                assert.deepEqual(columnsOf(trace.queries.tokens(step.key)), anew.tokens(step.key));
                assert.deepEqual(trace.holdTokens(step.key), anew.tokens(step.key));
              }
            }
            anew.close();
          }
          trace.queries.close();
        },
      ),
      { numRuns: 100 },
    );
  }).timeout(60_000);

  const open = async (...events: TraceEvent[]): Promise<GrowingTrace> => {
    const trace = await GrowingTrace.open();
    trace.apply(events);
    return trace;
  };
  const onlyRun = ({ queries }: GrowingTrace): RunKey => queries.summary().runs[0]!.key;

  it('sends only the calls that changed, and leaves the objects of the others', async () => {
    const trace = await open(
      runStarted(),
      ...['a', 'b', 'c'].flatMap((id) => [callStarted(id), tokensCame(id, 0, 3)]),
    );
    const before = await trace.holdRun(onlyRun(trace));
    trace.apply([tokensCame('b', 3, 1)]);
    const changes = trace.queries.runChanges(onlyRun(trace), before.generation)!;
    assert.deepEqual(
      changes.changed.map(({ id, call }) => [id, call?.storedTokens, call?.metrics.lastTokenUs]),
      [['b', 4, 160_000]],
    );
    assert.equal(changes.order, null);
    const after = mergeRun(before, changes);
    assert.equal(after.steps[0], before.steps[0]);
    assert.equal(after.steps[1]?.call?.storedTokens, 4);
    assert.equal(after.run.tokenCount, 10);
    trace.queries.close();
  });

  it('asks for the whole run again after the stall rule was changed', async () => {
    const trace = await open(runStarted(), callStarted('a'), tokensCame('a', 0, 3));
    const run = onlyRun(trace);
    assert.equal((await trace.holdRun(run)).steps[0]?.call?.metrics.stallCount, 0);
    trace.queries.setStallRule({ minimumUs: microseconds(1), medianFactor: 0 });
    assert.equal((await trace.holdRun(run)).steps[0]?.call?.metrics.stallCount, 2);
    trace.apply([tokensCame('a', 3, 1)]);
    assert.equal((await trace.holdRun(run)).steps[0]?.call?.metrics.stallCount, 3);
    trace.queries.close();
  });

  it('keeps the revision while tokens only come, and says from where on others changed', async () => {
    const trace = await open(callStarted('a'), tokensCame('a', 0, 5));
    const call = trace.queries.run(onlyRun(trace)).steps[0]!.key;
    const ask = (from: number, revision: number) =>
      trace.queries.tokenSlice({ call, from, count: 100, revision });
    const first = trace.queries.tokenSlice({ call, from: 0, count: 100 });
    trace.apply([tokensCame('a', 5, 2)]);
    const second = ask(5, first.revision);
    assert.deepEqual([second.from, second.count, second.total], [5, 2, 7]);
    assert.equal(second.revision, first.revision);
    trace.apply([{ type: 'token-text', callId: 'a', index: 3, text: 'x' }, tokensCame('a', 7, 1)]);
    const third = ask(7, second.revision);
    assert.deepEqual([third.from, third.count], [3, 5]);
    assert.ok(third.revision > second.revision);
    assert.equal(ask(8, third.revision).from, 8);
    assert.equal(ask(8, 0).from, 0);
    trace.queries.close();
  });

  it('does not call a text changed that nobody has seen otherwise', async () => {
    const trace = await open(callStarted('a'), tokensCame('a', 0, 2));
    const call = trace.queries.run(onlyRun(trace)).steps[0]!.key;
    const { revision } = trace.queries.tokenSlice({ call, from: 0, count: 9 });
    trace.apply([tokensCame('a', 2, 1), { type: 'token-text', callId: 'a', index: 2, text: 'x' }]);
    const slice = trace.queries.tokenSlice({ call, from: 2, count: 9, revision });
    assert.deepEqual([slice.from, slice.revision], [2, revision]);
    trace.queries.close();
  });

  it('leaves columns as they are that somebody holds', async () => {
    const trace = await open(callStarted('a'), tokensCame('a', 0, 3));
    const call = trace.queries.run(onlyRun(trace)).steps[0]!.key;
    const held = [];
    for (let at = 3; at < 200; at++) {
      const columns = trace.queries.tokens(call);
      held.push({ columns, copy: columnsOf(columns) });
      trace.apply(
        at % 7 === 0
          ? [{ type: 'token-text', callId: 'a', index: at - 2, text: `changed ${at}` }]
          : [tokensCame('a', at, 1)],
      );
    }
    for (const { columns, copy } of held) assert.deepEqual(columnsOf(columns), copy);
    trace.queries.close();
  });

  it('shows how a call ends', async () => {
    const trace = await open(runStarted(), callStarted('a'), tokensCame('a', 0, 3));
    const run = onlyRun(trace);
    const streaming = (await trace.holdRun(run)).steps[0]!;
    assert.deepEqual([streaming.call?.state, streaming.durationUs], ['streaming', null]);
    trace.apply([callEnded('a')]);
    const ended = (await trace.holdRun(run)).steps[0]!;
    assert.deepEqual([ended.call?.state, ended.durationUs], ['completed', 5_000_000]);
    assert.equal(ended.key, streaming.key);
    trace.queries.close();
  });
});

/** Columns with buffers of their own, to be compared. */
const columnsOf = (columns: TokenColumns): TokenColumns => sliceColumns(columns, 0, columns.count);
