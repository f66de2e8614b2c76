import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openReader } from '../../../src/formats/registry.js';
import { TokenKind, tokenText } from '../../../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { aggregateCall } from '../../../src/store/native/aggregation.js';
import { TraceError } from '../../../src/protocol/errors.js';
import { Database, type SqlValue } from '../../../src/store/database.js';
import { openTrace } from '../../../src/store/openTrace.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { ExampleTrace, runStartUs, stallRule } from './exampleTrace.js';

async function smallTrace(): Promise<Uint8Array> {
  const trace = await ExampleTrace.create();
  trace.addCall('call-1', 60, {}, { request: '{"a":[1,2,3]}' });
  const aggregated = trace.addCall('call-0', 60);
  aggregateCall(trace.writer, aggregated, epochMicroseconds(runStartUs));
  trace.addCall('call-2', 3, { state: 'failed', errorCode: 'LLM_ERROR', errorMessage: 'x' });
  trace.startCall('call-3');
  const bytes = trace.writer.toBytes();
  trace.writer.close();
  return bytes;
}

const open = (bytes: Uint8Array): Promise<TraceQueries> =>
  openTrace({ source: { kind: 'bytes', bytes, fileName: 'fuzz' }, openReader, stallRule });

/** Asks everything that a page asks, and checks the promises that the page relies on. */
function askEverything(queries: TraceQueries): void {
  const { runs } = queries.summary();
  for (const run of runs) {
    const { steps, lengthUs } = queries.run(run.key);
    assert.ok(lengthUs >= 1 && Number.isFinite(lengthUs));
    for (const step of steps) {
      assert.ok(step.startUs >= 0 && Number.isFinite(step.startUs));
      assert.equal(step.call !== null, step.type === 'llm_call');
      queries.step(step.key);
      const columns = queries.tokens(step.key);
      assert.equal(columns.textEnd.at(-1) ?? 0, columns.text.length);
      for (let at = 0; at < columns.count; at++) {
        tokenText(columns, at);
        assert.ok(columns.kind[at]! <= TokenKind.other);
        if (at === 0) continue;
        assert.ok(columns.index[at]! > columns.index[at - 1]!);
        assert.ok(columns.offsetUs[at]! >= columns.offsetUs[at - 1]!);
      }
    }
    queries.rates({
      run: run.key,
      calls: steps.filter((step) => step.call).map((step) => step.key),
      fromUs: microseconds(0),
      toUs: lengthUs,
      bins: 20,
    });
  }
}

/** Whether it could be read; anything but a TraceError is a failure of the test. */
async function survives(bytes: Uint8Array): Promise<boolean> {
  let queries: TraceQueries | undefined;
  try {
    queries = await open(bytes);
    askEverything(queries);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof TraceError) || thrown.code === 'internal') throw thrown;
    assert.match(thrown.message, /\w.*[.?]$|FILE \.recover$/s);
    return false;
  } finally {
    queries?.close();
  }
}

describe('a native trace that is damaged or hostile', () => {
  let original: Uint8Array;
  before(async () => (original = await smallTrace()));

  it('is read or refused in a sentence, however its bytes are changed', async function () {
    this.timeout(60_000);
    const size = original.length;
    let readable = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          // Single bits, most of them where the structure is.
          fc.array(fc.tuple(fc.nat(size - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
          fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          fc.array(
            fc.tuple(
              fc
                .tuple(fc.nat(Math.floor(size / 4_096) - 1), fc.nat(20))
                .map(([page, at]) => page * 4_096 + at),
              fc.nat(255),
            ),
            { minLength: 1, maxLength: 4 },
          ),
        ),
        async (changes) => {
          const bytes = original.slice();
          for (const [at, value] of changes) bytes[at] = value;
          if (await survives(bytes)) readable++;
        },
      ),
      { numRuns: 2_500 },
    );
    assert.ok(readable > 100, `${readable} were readable`);
  });

  it('is read or refused in a sentence, wherever it is cut, filled or shuffled', async function () {
    this.timeout(60_000);
    const pages = Math.floor(original.length / 4_096);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.nat(original.length).map((length) => original.slice(0, length)),
          fc.tuple(fc.nat(pages - 1), fc.nat(pages - 1)).map(([from, to]) => {
            const bytes = original.slice();
            bytes.set(original.subarray(from * 4_096, (from + 1) * 4_096), to * 4_096);
            return bytes;
          }),
          fc
            .tuple(fc.nat(original.length - 1), fc.nat(5_000), fc.nat(255))
            .map(([at, length, value]) => original.slice().fill(value, at, at + length)),
        ),
        async (bytes) => {
          await survives(bytes);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is read whatever values its columns hold', async function () {
    this.timeout(60_000);
    const columns: readonly [string, readonly string[]][] = [
      ['runs', ['run_id', 'name', 'status', 'started_at_us', 'ended_at_us', 'metadata']],
      [
        'steps',
        [
          'step_id',
          'run_key',
          'parent_step_key',
          'type',
          'name',
          'status',
          'started_at_us',
          'duration_us',
          'data',
        ],
      ],
      [
        'llm_calls',
        [
          'model',
          'streaming',
          'state',
          'request',
          'response',
          'http_status',
          'error_code',
          'ttft_us',
          'duration_us',
          'icl_p50_us',
          'completion_tokens',
          'token_count_source',
          'clock_source',
          'chunk_count',
          'sample_rate',
          'aggregated',
          'aggregated_at_us',
          'burst_count',
          'gap_count',
          'longest_gaps',
          'rate_curve',
        ],
      ],
      ['llm_tokens', ['token_index', 'offset_us', 'kind', 'read_index', 'token']],
    ];
    const target = fc.oneof(
      ...columns.map(([table, names]) => fc.tuple(fc.constant(table), fc.constantFrom(...names))),
    );
    const value: fc.Arbitrary<SqlValue> = fc.oneof(
      fc.constant(null),
      fc.double(),
      fc.maxSafeInteger(),
      fc.constantFrom(2 ** 53, -(2 ** 53), 2 ** 63, -1, 0, 1, 2, 3, Infinity, -Infinity),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'a\0b',
        '[[0,1,2]]',
        '{"start_us":0,"step_us":0,"counts":[1,2]}',
        '{"__proto__":{"error":"x"}}',
        '{"from":1,"to":[]}',
        '['.repeat(30_000),
        '\uD800',
        'NaN',
      ),
      fc.uint8Array({ maxLength: 40 }),
    );
    let written = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(target, value, fc.nat(3)), { minLength: 1, maxLength: 5 }),
        async (changes) => {
          const database = await Database.open(original.slice());
          database.exec('PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON');
          for (const [[table, name], content, row] of changes) {
            try {
              database.run(`UPDATE ${table} SET ${name} = ? WHERE ${keyOf[table] ?? ''} % 4 = ?`, [
                content,
                row,
              ]);
              written++;
            } catch {
              // NOT NULL and UNIQUE keep some values out.
            }
          }
          const bytes = database.export();
          database.close();
          assert.ok(await survives(bytes), 'wrong values are no reason to refuse a trace');
        },
      ),
      { numRuns: 1_500 },
    );
    assert.ok(written > 1_500, `${written} changes were written`);
  });
});

const keyOf: Readonly<Record<string, string>> = {
  runs: 'run_key',
  steps: 'step_key',
  llm_calls: 'call_key',
  llm_tokens: 'token_index',
};
