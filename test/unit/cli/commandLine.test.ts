import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository } from '../../../scripts/dependencies.mjs';
import { TokenKind } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';
import { TraceFolder, run, startCall } from './traces.js';

interface CallRecord {
  readonly id: string;
  readonly [name: string]: unknown;
}
interface StatsRecord {
  readonly runs: readonly {
    readonly id: string;
    readonly name: string;
    readonly status: string;
    readonly calls: readonly CallRecord[];
  }[];
}

describe('command line', function () {
  this.timeout(30_000);
  const traces = new TraceFolder();

  async function stats(...words: string[]): Promise<Map<string, CallRecord>> {
    const { code, out, err } = await run(['stats', ...words, '--json']);
    assert.deepEqual([code, err], [0, '']);
    const { runs } = JSON.parse(out) as StatsRecord;
    return new Map(runs.flatMap(({ calls }) => calls).map((call) => [call.id, call]));
  }

  describe('stats', () => {
    it('gives every run with its calls', async () => {
      const { out } = await run(['stats', traces.demo, '--json']);
      const { runs } = JSON.parse(out) as StatsRecord;
      assert.deepEqual(
        runs.map(({ id, status, calls }) => [id, status, calls.length]),
        [
          ['ticket-1008', 'completed', 8],
          ['review-412', 'completed', 2],
          ['choppy-chat', 'completed', 2],
          ['nightly-digest', 'failed', 8],
          ['heat-pumps', 'completed', 5],
          ['handbook', 'completed', 1],
          ['market-report', 'completed', 4],
          ['onboarding-0611', 'completed', 1],
        ],
      );
    });

    it('sums up each run', async () => {
      const { out } = await run(['stats', traces.demo, '--json']);
      const [ticket] = (JSON.parse(out) as { runs: Record<string, unknown>[] }).runs;
      assert.deepEqual(
        [ticket?.['call_count'], ticket?.['failed_calls'], ticket?.['stalls']],
        [8, 1, 1],
      );
      assert.ok(
        Number(ticket?.['ttft_p50_ms']) > 300 && Number(ticket?.['tokens_per_second']) > 10,
      );
    });

    it('names the fields as documented', async () => {
      const call = (await stats(traces.demo)).get('ticket-1008-call-8')!;
      for (const name of [
        'model',
        'provider',
        'wire_format',
        'streaming',
        'status',
        'error_code',
        'finish_reason',
        'chunk_count',
        'total_tokens',
        'token_count_source',
        'ttfc_ms',
        'ttft_ms',
        'ttfo_ms',
        'tpot_ms',
        'icl_ms',
        'output_tokens_per_second',
        'duration_ms',
        'stalls',
        'bursts',
        'response',
      ]) {
        assert.ok(name in call, name);
      }
      assert.deepEqual(Object.keys(call['icl_ms'] as object), ['p50', 'p95', 'p99', 'max']);
    });

    it('gives the figures of a call', async () => {
      const file = await traces.write('figures.llmtrace', (writer) => {
        const call = startCall(writer, 'c1');
        writer.addTokens(
          call,
          [400, 450, 500, 1_700, 1_750].map((at, i) => ({
            offsetUs: microseconds(at * 1_000),
            text: ['Hel', 'lo', ' wor', 'ld', '!'][i]!,
            kind: TokenKind.text,
          })),
        );
        writer.endCall(call, {
          state: 'completed',
          durationUs: microseconds(2_000_000),
          ttfcUs: microseconds(390_500),
          httpStatus: 200,
          finishReason: 'stop',
          completionTokens: 9,
          tokenCountSource: 'usage',
        });
      });
      const { id, name, ...call } = (await stats(file)).get('c1')!;
      assert.deepEqual([id, name], ['c1', 'm']);
      assert.deepEqual(call, {
        model: 'm',
        provider: 'openai',
        wire_format: 'openai-chat',
        streaming: true,
        status: 'completed',
        error_code: null,
        error_message: null,
        http_status: 200,
        finish_reason: 'stop',
        clock_source: 'proxy',
        chunk_count: 5,
        stored_chunks: 5,
        prompt_tokens: null,
        total_tokens: 9,
        token_count_source: 'usage',
        sample_rate: 1,
        aggregated: false,
        aggregated_at: null,
        ttfc_ms: 390.5,
        ttft_ms: 400,
        ttfo_ms: 400,
        last_token_ms: 1_750,
        tpot_ms: 200,
        // The gaps are 50, 50, 1 200 and 50 ms.
        icl_ms: { p50: 50, p95: 1_027.5, p99: 1_165.5, max: 1_200 },
        output_tokens_per_second: 6.667,
        effective_tokens_per_second: 4.5,
        duration_ms: 2_000,
        stalls: 1,
        stalls_may_be_more: false,
        bursts: 0,
        response: 'Hello world!',
      });
    });

    it('keeps the partial text of a failed stream, and the body of a refused request', async () => {
      const calls = await stats(traces.demo);
      assert.match(String(calls.get('nightly-digest-call-2')!['response']), /^\*\*Morning/);
      const refused = calls.get('nightly-digest-call-7')!;
      assert.deepEqual([refused['status'], refused['error_code']], ['failed', 'RATE_LIMIT']);
      assert.match(String(refused['response']), /rate_limit_exceeded/);
      assert.deepEqual(
        [refused['ttft_ms'], refused['icl_ms'], refused['stalls']],
        [null, null, null],
      );
    });

    it('gives the stored response of a call of which not every token was kept', async () => {
      const file = await traces.write('cut.llmtrace', (writer) => {
        const call = startCall(writer, 'c1');
        writer.addTokens(call, [{ offsetUs: microseconds(5), text: 'a', kind: TokenKind.text }]);
        writer.endCall(call, {
          state: 'completed',
          durationUs: microseconds(9),
          receivedTokens: 2,
          response: 'ab',
        });
      });
      assert.equal((await stats(file)).get('c1')!['response'], 'ab');
    });

    it('says below the table what was found while the runs were read', async () => {
      const path = new URL('../../fixtures/agent-inspector/support.db', import.meta.url);
      const { out } = await run(['stats', fileURLToPath(path)]);
      assert.match(out, /\nOnly the end of 10 calls is recorded.*\n$/);
    });

    it('prints a table for people without --json', async () => {
      const { code, out } = await run(['stats', traces.demo]);
      assert.equal(code, 0);
      assert.match(out, /^LLM Stream trace \d+, 8 runs\n/);
      assert.match(out, /^ticket-1008-call-13 +gpt-4o-mini +failed: RATE_LIMIT /m);
      assert.match(out, /Partial response: the agent closed the connection after \d+ tokens\.$/m);
    });
  });

  describe('endings', () => {
    it('ends with 2 and the usage for wrong usage', async () => {
      for (const [words, message] of [
        [[], /^What shall be done/],
        [['stats'], /^"stats" needs a FILE/],
        [['frobnicate', 'x'], /^There is no command "frobnicate"/],
        [['stats', 'a', 'b'], /^Only one FILE/],
        [['stats', 'a', '--call', 'x'], /^"stats" takes no --call/],
        [['tokens', 'a'], /^"tokens" needs --call/],
        [['stats', 'a', '--what'], /^"stats" takes no --what/],
        [['tokens', 'a', '--call'], /--call/],
      ] as const) {
        const { code, out, err } = await run(words);
        assert.deepEqual([code, out], [2, ''], words.join(' '));
        assert.match(err, message);
        assert.match(err, /\nUsage:\n/);
      }
    });

    it('prints the usage for --help', async () => {
      const { code, out, err } = await run(['--help']);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /^Usage:/);
    });

    it('ends with 1 and one sentence for a file that cannot be read', async () => {
      const text = join(traces.path, 'text.llmtrace');
      await writeFile(text, 'no trace at all\n');
      const empty = join(traces.path, 'empty.llmtrace');
      await writeFile(empty, '');
      for (const file of [join(traces.path, 'missing.llmtrace'), text, empty, traces.path]) {
        const { code, out, err } = await run(['stats', file]);
        assert.deepEqual([code, out], [1, ''], file);
        assert.match(err, /^[^\n]+[.?]\n$/);
        assert.doesNotMatch(err, /\bat .*\.ts|Error:/);
      }
    });

    it('ends with 1 for a call that is not in the file', async () => {
      const { code, err } = await run(['tokens', traces.demo, '--call', 'nobody']);
      assert.equal(code, 1);
      assert.match(err, /^demo\.llmtrace has no LLM call "nobody"\./);
    });

    it('asks for the key of an encrypted trace and takes it from the option or the environment', async () => {
      const path = new URL('../../fixtures/agent-inspector/support-encrypted.db', import.meta.url);
      const words = ['stats', fileURLToPath(path), '--json'];
      const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url') + '=';
      const without = await run(words);
      assert.equal(without.code, 1);
      assert.match(without.err, /--key KEY, or LLM_STREAM_KEY/);
      const wrong = await run([...words, '--key', Buffer.alloc(32).toString('base64url') + '=']);
      assert.equal(wrong.code, 1);
      assert.notEqual(wrong.err, without.err);
      const byOption = await run([...words, '--key', key]);
      const byEnvironment = await run(words, { LLM_STREAM_KEY: key });
      assert.deepEqual([byOption.code, byEnvironment.code], [0, 0]);
      assert.equal(byOption.out, byEnvironment.out);
      assert.ok((JSON.parse(byOption.out) as StatsRecord).runs.length > 0);
    });

    it('ends quietly when whoever reads its output has seen enough', async () => {
      const words = ['tokens', traces.demo, '--call', 'handbook-call-3'];
      const child = spawn(process.execPath, [join(repository, 'dist', 'cli.js'), ...words]);
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.stdout.once('data', () => child.stdout.destroy());
      const code = await new Promise((resolve) => child.on('close', resolve));
      assert.deepEqual([code, err], [0, '']);
    });
  });
});
