import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LlmStream, Run, Step, Trace } from '../../src/api.js';
import { plainJson } from '../../src/plainJson.js';
import { recorded } from './harness/recordingOutbox.js';

const longestLine = 4 * 1024 * 1024;

const cyclic: { self?: unknown; list: unknown[] } = { list: [] };
cyclic.self = cyclic;
cyclic.list.push(cyclic);

/** Throws whatever is done with it. */
const thorny: object = new Proxy(
  {},
  {
    get: () => {
      throw new Error('not this');
    },
    has: () => {
      throw new Error('not that');
    },
    ownKeys: () => {
      throw new Error('nor these');
    },
    getPrototypeOf: () => {
      throw new Error('nor where from');
    },
  },
);

const nothing: unknown = Object.create(null);
const deep = Array.from({ length: 5_000 }).reduce<unknown>((inner) => ({ inner }), 'bottom');

const oddities: readonly unknown[] = [
  ...[
    undefined,
    null,
    0,
    -1,
    NaN,
    Infinity,
    2 ** 60,
    10n ** 30n,
    true,
    '',
    'text',
    '\ud800',
    Symbol('s'),
  ],
  ...[
    cyclic,
    thorny,
    deep,
    new Array(10_000_000),
    'x'.repeat(3_000_000),
    '\u0000'.repeat(2_000_000),
  ],
  ...[
    new Date(NaN),
    new Error('any'),
    new Map([[cyclic, thorny]]),
    new Set([1n]),
    new Uint8Array(1e7),
  ],
  ...[nothing, () => 'function', new WeakMap(), /x/g],
  {
    get name() {
      throw new Error('getter');
    },
  },
  { toString: () => ({}), toJSON: () => cyclic },
  { toJSON: () => thorny },
  { then: 5, parent: thorny, metadata: cyclic, kind: 5, status: {}, data: 'text' },
];

/** Behind a function, because fast-check looks into what it makes. */
const anything = fc.oneof(
  fc.nat(oddities.length - 1).map((index) => () => oddities[index]),
  fc.anything({ withBigInt: true, withMap: true }).map((value) => () => value),
);

type Call = (trace: Trace, given: unknown[]) => unknown;

/** Whatever types are promised: that is how a plain JavaScript program may call it. */
const loosely =
  (name: keyof Trace): Call =>
  (trace, given) =>
    (trace[name] as (...values: unknown[]) => unknown)(...given);

const told: readonly (keyof Trace)[] = [
  ...(['memoryRead', 'memoryWrite', 'error', 'finalAnswer', 'agentSpawn', 'agentJoin'] as const),
  ...(['agentLeave', 'agentCommunication', 'agentHandoff', 'taskAssignment'] as const),
  ...(['taskCompletion', 'event', 'llm', 'addLlmToken', 'flush'] as const),
];

function useRun(run: Run, [first, second]: unknown[]): void {
  run.error(first);
  run.end(second as 'failed');
}

function useStep(step: Step, [first, second]: unknown[]): void {
  step.error(first);
  step.end(second as object);
}

function useStream(stream: LlmStream, [first, second, third]: unknown[]): void {
  stream.addToken(first as string, second as object);
  stream.addToken(second as string, {
    kind: first as 'text',
    metadata: third as Record<string, unknown>,
  });
  stream.firstChunk();
  stream.error(second, third as string);
  stream.end(first as object);
}

const calls: readonly Call[] = [
  ...told.map(loosely),
  (trace, given) => useRun(trace.startRun(given[0] as string, given[1] as object), given),
  (trace, given) =>
    useStep(trace.startStep(given[0] as 'stage', given[1] as string, given[2] as object), given),
  (trace, given) => useStream(trace.startLlmStream(given[0] as object), given),
  (trace, [first, second]) => trace.run(first as string, second as object, () => undefined),
  (trace, [first, second]) => trace.stage(first as string, second as object, () => undefined),
  (trace, [first, second]) => trace.tool(first as string, second, () => undefined),
  (trace, [first, second]) => trace.run(first as string, second as () => unknown),
  (trace, [first]) => trace.within(first as Run, () => undefined),
  (trace, [first, second]) => trace.traceStream(first as string[], second as object),
];

describe('whatever is given to a trace', () => {
  it('fails no agent, and all that is sent fits into a line', function () {
    this.timeout(120_000);
    fc.assert(
      fc.property(
        fc.constantFrom(...calls),
        fc.array(anything, { minLength: 3, maxLength: 3 }),
        fc.constantFrom(1, 0.5),
        (call, given, tokenSampleRate) => {
          const { trace, outbox } = recorded({ tokenSampleRate });
          call(
            trace,
            given.map((make) => make()),
          );
          outbox.finish();
          for (const event of outbox.events) {
            assert.ok(Buffer.byteLength(JSON.stringify(event)) <= longestLine);
          }
          assert.equal(outbox.streams.size + outbox.runs.size, 0);
          trace.configure({ defaultRunName: 'over' });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('as a chunk of a stream reaches the agent as it is', async () => {
    const { trace, outbox } = recorded();
    const chunks = oddities.filter((value) => typeof value !== 'object' || value === thorny);
    const read: unknown[] = [];
    for await (const chunk of trace.traceStream(oneByOne(chunks))) read.push(chunk);
    assert.deepEqual(read.length, chunks.length);
    assert.ok(read.every((chunk, index) => Object.is(chunk, chunks[index])));
    assert.equal(outbox.only('llm_call_end').status, 'completed');
  });
});

// eslint counts an async generator without await as a mistake.
const oneByOne = (chunks: readonly unknown[]): AsyncIterable<unknown> => ({
  [Symbol.asyncIterator]: () => {
    const iterator = chunks[Symbol.iterator]();
    return { next: () => Promise.resolve(iterator.next()) };
  },
});

describe('a copy as plain JSON', () => {
  it('is what JSON makes of plain values', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        assert.equal(JSON.stringify(plainJson(value)), JSON.stringify(value));
      }),
    );
  });

  it('shows what JSON does not', () => {
    class Point {
      constructor(
        readonly x: number,
        readonly y: number,
      ) {}
    }
    const date = new Date(0);
    assert.deepEqual(
      plainJson({
        ...{ date, point: new Point(1, 2), map: new Map([['a', 1]]), set: new Set([1, 2]) },
        ...{ big: 12n, not: undefined, infinite: Infinity, bytes: new Uint8Array(3), cyclic },
        list: [undefined, () => 1],
      }),
      {
        ...{ date: '1970-01-01T00:00:00.000Z', point: { x: 1, y: 2 }, map: { a: 1 }, set: [1, 2] },
        ...{ big: '12', infinite: 'Infinity', bytes: '[3 bytes]' },
        ...{ cyclic: { list: ['[circular]'], self: '[circular]' }, list: [null, '[function ]'] },
      },
    );
  });

  it('shows an error with its cause', () => {
    const copy = plainJson(new TypeError('wrong', { cause: new Error('deeper') })) as {
      readonly name: string;
      readonly message: string;
      readonly cause: { readonly message: string };
    };
    assert.deepEqual(
      [copy.name, copy.message, copy.cause.message],
      ['TypeError', 'wrong', 'deeper'],
    );
  });

  it('shows the same object twice where it stands twice', () => {
    const same = { any: 1 };
    assert.deepEqual(plainJson([same, same]), [{ any: 1 }, { any: 1 }]);
  });

  it('is nowhere deeper than the capture takes it', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
        : 0;
    assert.ok(depthOf(plainJson(deep)) <= 60);
  });
});
