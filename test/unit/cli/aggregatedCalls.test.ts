import assert from 'node:assert/strict';
import { TokenKind } from '../../../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { aggregateCall } from '../../../src/store/native/aggregation.js';
import { TraceFolder, run, startCall } from './traces.js';

const count = 400;
const aggregatedAtUs = epochMicroseconds(1_795_000_000_000_000);

describe('command line, of aggregated calls', () => {
  const traces = new TraceFolder();
  let whole: string;
  let aggregated: string;

  const write = (name: string, isAggregated: boolean, stallEach = 20): Promise<string> =>
    traces.write(name, (writer) => {
      const call = startCall(writer, 'long');
      writer.addTokens(
        call,
        Array.from({ length: count }, (_, index) => ({
          offsetUs: microseconds(
            500_000 + index * 10_000 + Math.floor(index / stallEach) * 1_500_000,
          ),
          text: ` w${index}`,
          kind: TokenKind.text,
        })),
      );
      const durationUs = microseconds(700_000_000);
      writer.endCall(call, { state: 'completed', durationUs });
      if (isAggregated) aggregateCall(writer, call, aggregatedAtUs);
    });

  before(async () => {
    whole = await write('whole.llmtrace', false);
    aggregated = await write('aggregated.llmtrace', true);
  });

  interface Stats {
    runs: (Record<string, unknown> & { calls: Record<string, unknown>[] })[];
  }
  const stats = async (file: string): Promise<Stats> =>
    JSON.parse((await run(['stats', file, '--json'])).out) as Stats;

  it('gives the same figures and the same response as before', async () => {
    const [before, after] = [await stats(whole), await stats(aggregated)];
    const call = after.runs[0]?.calls[0] ?? {};
    const different = { stored_chunks: 20, aggregated: true };
    assert.deepEqual(
      { ...call },
      {
        ...before.runs[0]?.calls[0],
        ...different,
        aggregated_at: new Date(aggregatedAtUs / 1_000).toISOString(),
      },
    );
    assert.deepEqual([call['stalls'], call['stalls_may_be_more']], [19, false]);
    for (const name of ['stalls', 'bursts', 'icl_p95_ms', 'tokens_per_second']) {
      assert.equal(after.runs[0]?.[name], before.runs[0]?.[name], name);
    }
  });

  it('says in the table what is kept, and that there may be more stalls than are known', async () => {
    const { out } = await run(['stats', aggregated]);
    assert.match(out, /long +m +aggregated, 400 tokens .* 19 .*20 of 400 tokens kept: aggregated/);
    const many = await write('many.llmtrace', true, 2);
    assert.match((await run(['stats', many])).out, / ≥ 100 /);
    const { runs } = await stats(many);
    assert.deepEqual([runs[0]?.['stalls'], runs[0]?.['stalls_may_be_more']], [100, true]);
  });

  it('lists the tokens that are kept by their indexes, and no time since one that is gone', async () => {
    const { out } = await run(['tokens', aggregated, '--call', 'long', '--json']);
    const tokens = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { index: number; delta_ms: number | null });
    assert.deepEqual(
      tokens.map(({ index }) => index),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 390, 391, 392, 393, 394, 395, 396, 397, 398, 399],
    );
    assert.deepEqual(
      tokens.slice(9, 12).map(({ delta_ms }) => delta_ms),
      [10, null, 10],
    );
    const { out: text } = await run(['tokens', aggregated, '--call', 'long']);
    assert.match(text, /^ +390 .* — +" w390"$/m);
  });
});
