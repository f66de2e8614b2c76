/** Damaged and hostile files through the whole way of a trace: always data or a TraceError, never a hang. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { openReader } from '../../../src/formats/registry.js';
import { microseconds } from '../../../src/model/units.js';
import { TraceError } from '../../../src/protocol/errors.js';
import type { SqlValue } from '../../../src/store/database.js';
import { openTrace } from '../../../src/store/openTrace.js';
import {
  type Row,
  agentInspectorDatabase,
  eventData,
  looseSchema,
  runStartMs,
} from '../../fixtures/agentInspectorDatabase.js';
import { hostileTexts } from '../../fixtures/hostile.js';
import { fixtureKey } from './opening.js';

const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };
const slowestMs = 5_000;

/** Opens and asks for everything that a page asks for; whether there was something to ask. */
async function readAll(bytes: Uint8Array): Promise<boolean> {
  const started = performance.now();
  let opened = false;
  try {
    const source = { kind: 'bytes', bytes, fileName: 'fuzz.db' } as const;
    const trace = await openTrace({ source, openReader, stallRule, keys: [fixtureKey] });
    try {
      const { runs } = trace.summary();
      opened = runs.length > 0;
      for (const { key } of runs) orTraceError(() => readRun(trace, key));
    } finally {
      trace.close();
    }
  } catch (thrown) {
    assertTraceError(thrown);
  }
  assert.ok(performance.now() - started < slowestMs, 'a hang');
  return opened;
}

type Trace = Awaited<ReturnType<typeof openTrace>>;

function readRun(trace: Trace, key: Parameters<Trace['run']>[0]): void {
  const { steps, lengthUs } = trace.run(key);
  assert.ok(lengthUs >= 1 && Number.isFinite(lengthUs));
  for (const step of steps) {
    orTraceError(() => {
      const columns = trace.tokens(step.key);
      assert.equal(columns.textEnd.length, columns.count);
      assert.ok(columns.offsetUs.every((us, at) => us >= (columns.offsetUs[at - 1] ?? 0)));
      trace.step(step.key);
    });
  }
}

function orTraceError(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    assertTraceError(thrown);
  }
}

function assertTraceError(thrown: unknown): void {
  if (thrown instanceof TraceError && thrown.code !== 'internal') return;
  throw thrown;
}

/** Small pages, so that few bytes hold every kind of page: the cost of a case is its size. */
async function smallDatabase(): Promise<Uint8Array> {
  const database = await agentInspectorDatabase({
    schema: `PRAGMA page_size = 512; VACUUM; ${looseSchema}`,
    runs: [{}, { id: 'r2', status: 'running' }],
    steps: [
      { data: gzipSync(JSON.stringify({ prompt: 'p', response: 'r'.repeat(900) })) },
      { data: eventData({ prompt: 'p'.repeat(900), first_token_latency_ms: 5 }) },
      { type: 'tool_call', parent_event_id: 's0', data: eventData({ tool_args: { a: 1 } }) },
      { run_id: 'r2', status: 'in_progress' },
    ],
    tokens: Array.from({ length: 40 }, (_, at) => ({
      run_id: 'r1',
      llm_call_id: `s${at % 2}`,
      token_index: at >> 1,
      token: ` token ${at}`,
      timestamp_ms: runStartMs + at,
    })),
  });
  const bytes = database.export();
  database.close();
  return bytes;
}

type Mutation = (bytes: Uint8Array) => void;
const pageSize = 512;
/** Without fast-check's bias to small numbers: it would damage nothing but the header, which is refused at once. */
const position = fc.noBias(fc.nat(0xff_ffff));
/** Behind the header; it has a test of its own. */
const at = (bytes: Uint8Array, any: number) => 100 + (any % (bytes.length - 100));
const pageAt = (bytes: Uint8Array, any: number) => pageSize * (any % (bytes.length / pageSize));

const flipBit = fc.tuple(position, fc.nat(7)).map(([any, bit]): Mutation => (bytes) => {
  const byte = at(bytes, any);
  bytes[byte] = (bytes[byte] ?? 0) ^ (1 << bit);
});

const setByte = fc
  .tuple(position, fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))
  .map(([any, value]): Mutation => (bytes) => {
    bytes[at(bytes, any)] = value;
  });

const copyPage = fc.tuple(position, position).map(([from, to]): Mutation => (bytes) => {
  const [start, target] = [pageAt(bytes, from), pageAt(bytes, to)];
  if (target > 0) bytes.copyWithin(target, start, start + pageSize);
});

const swapPages = fc.tuple(position, position).map(([one, other]): Mutation => (bytes) => {
  const [a, b] = [pageAt(bytes, one), pageAt(bytes, other)];
  if (a === 0 || b === 0) return;
  const page = bytes.slice(a, a + pageSize);
  bytes.copyWithin(a, b, b + pageSize);
  bytes.set(page, b);
});

const zeroRange = fc.tuple(position, fc.nat(600)).map(([any, length]): Mutation => (bytes) => {
  bytes.fill(0, at(bytes, any), at(bytes, any) + length);
});

/** Damage in the headers and pointers of pages reaches further than anywhere else. */
const setInPageHeader = fc
  .tuple(position, fc.nat(20), fc.nat(255))
  .map(([any, offset, value]): Mutation => (bytes) => {
    const page = pageAt(bytes, any);
    if (page > 0) bytes[page + offset] = value;
  });

const mutations = fc.array(
  fc.oneof(flipBit, setByte, copyPage, swapPages, zeroRange, setInPageHeader),
  { minLength: 1, maxLength: 3 },
);

const oddText = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary' }));
const oddValue: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.constantFrom(0, -1, 2 ** 53, 2 ** 62, 1e300, runStartMs, runStartMs - 1),
  oddText,
  fc.uint8Array({ maxLength: 40 }),
);

function oddRow(columns: string): fc.Arbitrary<Row> {
  const values = Object.fromEntries(columns.split(' ').map((name) => [name, oddValue]));
  return fc.record(values, { requiredKeys: [] }).map((row) => row as Row);
}

const eventNames = `model prompt response streaming prompt_tokens completion_tokens total_tokens
  first_token_latency_ms last_token_latency_ms tokens_per_second input output metadata tool_args
  tool_result error_message handoff_reason from_agent_name to_agent_name name answer result`.split(
  /\s+/,
);

const hostileEvent = fc.dictionary(
  fc.oneof(fc.constantFrom(...eventNames), fc.constantFrom('__proto__', 'constructor', 'toString')),
  fc.oneof(fc.jsonValue({ maxDepth: 6 }), oddText, fc.double()),
);

describe('Fuzzed Agent Inspector databases', function () {
  this.timeout(120_000);
  let small: Uint8Array;

  before(async () => {
    small = await smallDatabase();
  });

  it('with damaged pages give data or a TraceError', async () => {
    let opened = 0;
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        const bytes = small.slice();
        for (const change of changes) change(bytes);
        if (await readAll(bytes)) opened++;
      }),
      { numRuns: 3_000 },
    );
    assert.ok(opened > 600, `only ${opened} were damaged so that something could be read`);
  });

  it('with a damaged header, or cut short, give data or a TraceError', async () => {
    const damage = fc.record({
      header: fc.array(fc.tuple(fc.nat(99), fc.nat(255)), { maxLength: 3 }),
      length: fc.oneof(fc.constant(small.length), fc.nat(small.length)),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ header, length }) => {
        const bytes = small.slice(0, length);
        for (const [byte, value] of header) bytes[byte] = value;
        await readAll(bytes);
      }),
      { numRuns: 1_500 },
    );
  });

  it('with any value in any column give data', async () => {
    const content = fc.record({
      runs: fc.array(oddRow('id name status started_at completed_at agent_type user_id'), {
        maxLength: 3,
      }),
      steps: fc.array(
        oddRow('id run_id timestamp type name status duration_ms data parent_event_id'),
        { maxLength: 6 },
      ),
      tokens: fc.array(
        fc
          .tuple(oddRow('token_index token timestamp_ms delta_ms metadata'), fc.nat(6))
          .map(([row, call]) => ({ ...row, llm_call_id: `s${call}` })),
        { maxLength: 8 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(content, async (rows) => {
        const database = await agentInspectorDatabase({
          schema: looseSchema,
          ...rows,
          tokens: rows.tokens.map((token) => ({ token: 't', ...token })),
        });
        const bytes = database.export();
        database.close();
        await readAll(bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('with hostile events give data', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostileEvent, { minLength: 1, maxLength: 18 }), async (events) => {
        const types = [
          'llm_call',
          'tool_call',
          'error',
          'agent_handoff',
          'run_start',
          'final_answer',
        ];
        const database = await agentInspectorDatabase({
          steps: events.map((event, index) => ({
            type: types[index % types.length] ?? '',
            data: eventData(event),
          })),
        });
        const reader = openReader(database, { keys: [] });
        for (const { key } of reader.runs()) {
          for (const step of reader.steps(key)) {
            assert.equal(typeof step.summary, 'string');
            assert.ok(
              reader
                .detail(step.key, () => reader.tokens(step.key))
                .sections.every(({ text }) => typeof text === 'string'),
            );
          }
        }
        reader.close();
      }),
      { numRuns: 1_000 },
    );
  });

  it('leave the memory bounded', () => {
    assert.ok(process.memoryUsage().rss < 1.5 * 1024 ** 3);
  });
});
