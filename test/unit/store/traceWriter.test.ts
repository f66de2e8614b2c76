import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TokenKind, columnsOf, tokenText } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';
import { Database } from '../../../src/store/database.js';
import { readTokens } from '../../../src/store/native/tokenRows.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';
import { ExampleTrace, exampleTokens } from './exampleTrace.js';

describe('TraceWriter', () => {
  let trace: ExampleTrace;
  beforeEach(async () => (trace = await ExampleTrace.create()));
  afterEach(() => trace.writer.close());

  const written = async <T>(read: (database: Database) => T): Promise<T> => {
    const database = await Database.open(trace.writer.toBytes());
    try {
      return read(database);
    } finally {
      database.close();
    }
  };

  it('gives back the columns that it was given, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            gap: fc.nat(5_000_000),
            text: fc.string({ unit: 'grapheme' }),
            kind: fc.constantFrom(...Object.values(TokenKind)),
            readIndex: fc.integer({ min: -1, max: 1_000 }),
            skipped: fc.nat(3),
          }),
          { maxLength: 30 },
        ),
        async (parts) => {
          const own = await ExampleTrace.create();
          const call = own.startCall('call');
          let offsetUs = 0;
          let index = -1;
          const columns = columnsOf(
            parts.map((part) => ({
              offsetUs: microseconds((offsetUs += part.gap)),
              text: part.text,
              kind: part.kind,
              readIndex: part.readIndex,
              index: (index += 1 + part.skipped),
            })),
          );
          own.writer.addTokens(call, columns);
          const database = await Database.open(own.writer.toBytes());
          own.writer.close();
          assert.deepEqual(readTokens(database, call), columns);
          database.close();
        },
      ),
      { numRuns: 200 },
    );
  });

  it('continues the index from batch to batch', async () => {
    const call = trace.startCall('call');
    for (let batch = 0; batch < 3; batch++) trace.writer.addTokens(call, exampleTokens(4));
    const columns = await written((database) => readTokens(database, call));
    assert.deepEqual([...columns.index], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('adds a batch as a whole or not at all', async () => {
    const call = trace.startCall('call');
    trace.writer.addTokens(call, exampleTokens(2));
    const colliding = columnsOf([
      { ...exampleTokens(1)[0]!, index: 2 },
      { ...exampleTokens(1)[0]!, index: 1 },
    ]);
    assert.throws(() => trace.writer.addTokens(call, colliding), /UNIQUE/);
    assert.equal((await written((database) => readTokens(database, call))).count, 2);
  });

  it('leaves a trace of a call from its first moment', async () => {
    trace.startCall('hanging', { request: '{"model":"x"}' });
    const row = await written((database) =>
      database.get('SELECT state, request, duration_us FROM llm_calls'),
    );
    assert.deepEqual(
      { ...row },
      { state: 'streaming', request: '{"model":"x"}', duration_us: null },
    );
  });

  it('stores the figures of a call that ended', async () => {
    const call = trace.startCall('call');
    trace.writer.addTokens(call, [
      { offsetUs: microseconds(300_000), text: 'hm', kind: TokenKind.reasoning },
      { offsetUs: microseconds(500_000), text: 'a', kind: TokenKind.text },
      { offsetUs: microseconds(900_000), text: 'b', kind: TokenKind.text },
    ]);
    trace.writer.endCall(call, {
      state: 'completed',
      durationUs: microseconds(1_000_000.4),
      ttfcUs: microseconds(250_000),
      completionTokens: 3,
      tokenCountSource: 'usage',
      finishReason: 'stop',
    });
    const row = await written((database) =>
      database.get(
        `SELECT state, ttfc_us, ttft_us, ttfo_us, last_token_us, duration_us, icl_p50_us, icl_max_us, chunk_count,
                completion_tokens, finish_reason FROM llm_calls`,
      ),
    );
    assert.deepEqual(
      { ...row },
      {
        state: 'completed',
        ttfc_us: 250_000,
        ttft_us: 300_000,
        ttfo_us: 500_000,
        last_token_us: 900_000,
        duration_us: 1_000_000,
        icl_p50_us: 300_000,
        icl_max_us: 400_000,
        chunk_count: 3,
        completion_tokens: 3,
        finish_reason: 'stop',
      },
    );
  });

  it('invents no figure where only the order of the tokens is known', async () => {
    const call = trace.startCall('call', { clockSource: 'order-only' });
    trace.writer.addTokens(
      call,
      exampleTokens(3).map((token) => ({ ...token, offsetUs: microseconds(0) })),
    );
    trace.writer.endCall(call, { state: 'completed', durationUs: microseconds(0) });
    const row = await written((database) =>
      database.get('SELECT ttft_us, ttfo_us, last_token_us, icl_p50_us FROM llm_calls'),
    );
    assert.deepEqual(Object.values(row ?? {}), [null, null, null, null]);
  });

  it('goes on with a trace that it is given', async () => {
    const call = trace.startCall('call');
    trace.writer.addTokens(call, exampleTokens(2));
    const again = await TraceWriter.fromBytes(trace.writer.toBytes());
    again.addTokens(call, exampleTokens(2));
    const database = await Database.open(again.toBytes());
    again.close();
    assert.equal(readTokens(database, call).count, 4);
    database.close();
  });

  it('takes at most 3 MB for 100 000 tokens, and reads them back', async () => {
    const call = trace.startCall('call');
    const empty = trace.writer.toBytes().length;
    for (let batch = 0; batch < 100; batch++) {
      const tokens = exampleTokens(1_000).map((token, position) => ({
        ...token,
        offsetUs: microseconds((batch * 1_000 + position) * 21_317),
        text: [' the', ' stream', 's', ',', ' tok'][position % 5]!,
        readIndex: batch * 1_000 + position,
      }));
      trace.writer.addTokens(call, tokens);
    }
    const bytes = trace.writer.toBytes().length - empty;
    assert.ok(bytes <= 3_000_000, `${bytes} bytes`);
    const columns = await written((database) => readTokens(database, call));
    assert.equal(columns.count, 100_000);
    assert.equal(tokenText(columns, 99_999), ' tok');
  });
});
