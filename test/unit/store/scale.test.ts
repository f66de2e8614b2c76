/** What a large trace may cost, in counts: times depend on who else uses the machine. */
import assert from 'node:assert/strict';
import { serialize } from 'node:v8';
import { buildLargeTrace } from '../../../demo/large.js';
import { openReader } from '../../../src/formats/registry.js';
import { type RunDetail, type StepKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { readRun, stepsInSlice } from '../../../src/protocol/readRun.js';
import { Database } from '../../../src/store/database.js';
import { openTrace } from '../../../src/store/openTrace.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { stallRule } from './exampleTrace.js';

const calls = 300;
const tokensPerCall = 200;

describe('a large trace', () => {
  const each = Object.getOwnPropertyDescriptor(Database.prototype, 'each')!;
  let rowsBySql = 0;
  let queries: TraceQueries;
  let run: RunDetail;
  const messages: number[] = [];

  before(async function () {
    this.timeout(30_000);
    const bytes = await buildLargeTrace({ calls, tokensPerCall });
    Object.defineProperty(Database.prototype, 'each', {
      ...each,
      value(this: Database, ...[sql, params, onRow]: Parameters<Database['each']>) {
        const counted: typeof onRow = (row) => {
          if (sql.includes('llm_tokens')) rowsBySql++;
          onRow(row);
        };
        (each.value as Database['each']).call(this, sql, params, counted);
      },
    });
    const source = { kind: 'bytes', bytes, fileName: 'large' } as const;
    queries = await openTrace({ source, openReader, stallRule });
    const key = queries.summary().runs[0]!.key;
    const ask = (method: string, params: { run: typeof key }): Promise<unknown> => {
      assert.equal(method, 'run');
      const answer = queries.runSlice(params);
      messages.push(serialize(answer).length);
      return Promise.resolve(answer);
    };
    run = await readRun(ask as Parameters<typeof readRun>[0], key, null);
  });
  after(() => {
    Object.defineProperty(Database.prototype, 'each', each);
    queries.close();
  });

  it('is opened without one row of its tokens through SQL', () => {
    assert.equal(queries.summary().runs[0]?.tokenCount, calls * tokensPerCall);
    assert.ok(run.steps.every((step) => queries.tokens(step.key).count === tokensPerCall));
    assert.equal(rowsBySql, 0);
  });

  it('is told in messages that a process passes on within a frame', () => {
    assert.equal(messages.length, Math.ceil(calls / stepsInSlice));
    assert.ok(Math.max(...messages) < 400_000, `${Math.max(...messages)} bytes`);
    const bytesPerStep = messages.reduce((sum, bytes) => sum + bytes, 0) / calls;
    assert.ok(bytesPerStep < 1_400, `${bytesPerStep} bytes a step`);
  });

  it('answers rates by pixels, however long the span and whatever is in it', () => {
    const bytesOf = (rows: readonly StepKey[], toUs: number): number =>
      serialize(
        queries.rates({
          ...{ run: run.run.key, calls: rows, bins: 500 },
          ...{ fromUs: microseconds(0), toUs: microseconds(toUs) },
        }),
      ).length;
    const rows = run.steps.slice(0, 20).map(({ key }) => key);
    assert.equal(bytesOf(rows, 1_000), bytesOf(rows, run.lengthUs));
    assert.ok(bytesOf(rows, run.lengthUs) < 20 * 500 * 4 + 200);
  });
});
