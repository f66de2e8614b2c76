import assert from 'node:assert/strict';
import { buildLargeTrace } from '../../../demo/large.js';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TokenKind } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';
import { TraceFolder, run, startCall } from './traces.js';

describe('command line: tokens', function () {
  this.timeout(30_000);
  const traces = new TraceFolder();

  it('gives one line of JSON a token, with times to the microsecond', async () => {
    const words = ['tokens', traces.demo, '--call', 'ticket-1008-call-3', '--json'];
    const { code, out } = await run(words);
    assert.equal(code, 0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(lines.length, 28);
    assert.deepEqual(lines[0], {
      index: 0,
      kind: 'tool_name',
      token: 'lookup_order',
      time_ms: 412,
      delta_ms: 412,
    });
    const [first, second] = lines.map((line) => Number(line['time_ms']));
    assert.ok(Math.abs(Number(lines[1]!['delta_ms']) - (second! - first!)) < 1e-6);
  });

  it('gives the tokens of a time range, both ends included', async () => {
    const call = ['tokens', traces.demo, '--call', 'ticket-1008-call-3', '--json'];
    const timesOf = async (...range: string[]): Promise<number[]> =>
      (await run([...call, ...range])).out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { time_ms: number }).time_ms);
    const all = await timesOf();
    const [from, to] = [all[5]!, all[9]!];
    assert.deepEqual(
      await timesOf('--from', String(from), '--to', String(to)),
      all.filter((time) => time >= from && time <= to),
    );
    assert.deepEqual(await timesOf('--from', String(to)), all.slice(all.indexOf(to)));
    assert.deepEqual(await timesOf('--from', '100', '--to', '50'), []);
    assert.equal((await run([...call, '--to', 'soon'])).code, 2);
  });

  it('prints aligned lines for people without --json', async () => {
    const { out } = await run(['tokens', traces.demo, '--call', 'ticket-1008-call-8']);
    assert.match(out, /^ +0 {2}reasoning +868\.000 +\+868\.000 {2}"The/);
  });

  it('prints nothing for a call without tokens', async () => {
    const { code, out } = await run([
      'tokens',
      traces.demo,
      '--call',
      'ticket-1008-call-5',
      '--json',
    ]);
    assert.deepEqual([code, out], [0, '']);
  });

  it('gives no times where only the order is known', async () => {
    const file = await traces.write('order.llmtrace', (writer) => {
      const call = startCall(writer, 'c1', 'order-only');
      const offsetUs = microseconds(0);
      writer.addTokens(call, [{ offsetUs, text: 'a', kind: TokenKind.text }]);
      writer.endCall(call, { state: 'completed', durationUs: microseconds(0) });
    });
    const { out } = await run(['tokens', file, '--call', 'c1', '--json']);
    assert.deepEqual(JSON.parse(out), {
      index: 0,
      kind: 'text',
      token: 'a',
      time_ms: null,
      delta_ms: null,
    });
    const ranged = await run(['tokens', file, '--call', 'c1', '--from', '100']);
    assert.deepEqual([ranged.code, ranged.out], [1, '']);
    assert.match(ranged.err, /no times\. Leave out --from and --to/);
  });

  it('writes many tokens in pieces', async () => {
    const file = join(traces.path, 'large.llmtrace');
    await writeFile(file, await buildLargeTrace({ calls: 1, tokensPerCall: 20_000 }));
    const { out, largestWrite } = await run(['tokens', file, '--call', 'large-call-1', '--json']);
    assert.equal(out.match(/\n/g)?.length, 20_000);
    assert.ok(largestWrite < 200_000);
  });

  it('sends no command to the terminal, whatever a token holds, and JSON keeps its value', async () => {
    const hostile = 'a\u001b[2J\u009b31m\u202eb\0\u2028"\\\n';
    const file = await traces.write('hostile.llmtrace', (writer) => {
      const call = startCall(writer, 'c1');
      const offsetUs = microseconds(5);
      writer.addTokens(call, [{ offsetUs, text: hostile, kind: TokenKind.text }]);
      writer.endCall(call, { state: 'completed', durationUs: microseconds(9) });
    });
    for (const words of [
      ['tokens', file, '--call', 'c1'],
      ['stats', file],
    ]) {
      for (const more of [[], ['--json']]) {
        const { out } = await run([...words, ...more]);
        assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
      }
    }
    const { out } = await run(['tokens', file, '--call', 'c1', '--json']);
    assert.equal((JSON.parse(out) as { token: string }).token, hostile);
  });
});
