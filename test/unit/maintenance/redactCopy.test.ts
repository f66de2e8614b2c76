import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { redactCopy, redactedTrace } from '../../../src/maintenance/redactCopy.js';
import { TokenKind } from '../../../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { createRedaction } from '../../../src/redaction/redaction.js';
import type { Database, SqlRow } from '../../../src/store/database.js';
import { aggregateCall } from '../../../src/store/native/aggregation.js';
import { fixtureKey, fixturePath } from '../formats/opening.js';
import { behind, secrets } from '../redaction/secrets.js';
import { ExampleTrace, runStartUs } from '../store/exampleTrace.js';
import { FilesOfTest, hasCode, nowUs } from './files.js';

const redaction = createRedaction({
  useDefaults: true,
  keys: ['user-id'],
  patterns: ['EMP-\\d{6}'],
});
const names = Object.keys(secrets);
const planted = (name: string): string => `${secrets[name]?.text}${behind[name] ?? ''}`;

/** Times and counts of every row. */
function figures(database: Database): readonly SqlRow[][] {
  return [
    'SELECT run_key, started_at_us, ended_at_us FROM runs',
    'SELECT step_key, run_key, parent_step_key, type, started_at_us, duration_us FROM steps',
    `SELECT call_key, state, ttft_us, last_token_us, duration_us, icl_p50_us, icl_max_us, chunk_count, sample_rate,
       aggregated, longest_gaps, rate_curve, gap_count, burst_count FROM llm_calls`,
    'SELECT call_key, token_index, offset_us, kind, read_index FROM llm_tokens',
  ].map((sql) => database.all(sql).map((row) => ({ ...row })));
}

/** A trace with the secret in every place that holds a text, and spread over tokens at the cuts. */
async function traceWith(
  secret: string,
  cuts: readonly number[],
  tokensBefore: number,
): Promise<ExampleTrace> {
  const trace = await ExampleTrace.create();
  const { writer } = trace;
  const startedAtUs = epochMicroseconds(runStartUs + 5);
  const value = {
    deep: [{ text: secret, [secret]: 1 }],
    message: secret,
    input: { output: secret },
  };
  const run = writer.addRun({
    ...{ id: `run ${secret}`, name: secret, agentType: secret, sessionId: secret, userId: secret },
    ...{ startedAtUs, metadata: value },
  });
  writer.addStep({
    id: secret,
    run,
    type: 'tool_call',
    name: secret,
    status: secret,
    startedAtUs,
    data: value,
  });
  const texts = Array.from({ length: tokensBefore }, (_, at) => `w${at} `);
  let from = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), secret.length]) {
    texts.push(secret.slice(from, cut));
    from = Math.max(from, cut);
  }
  texts.push(' and', ' on');
  const call = writer.startCall({
    ...{
      id: `call ${secret}`,
      run,
      name: secret,
      model: secret,
      provider: secret,
      streaming: true,
    },
    ...{
      wireFormat: secret,
      startedAtUs,
      request: JSON.stringify(value),
      clockSource: 'proxy',
      data: value,
    },
  });
  const tokens = texts.map((text, at) => ({
    offsetUs: microseconds(at * 7),
    text,
    kind: TokenKind.text,
  }));
  writer.addTokens(call, tokens);
  writer.database.run('UPDATE llm_tokens SET metadata = ?', [JSON.stringify({ text: secret })]);
  const told = {
    errorMessage: secret,
    finishReason: secret,
    response: tokensBefore % 2 ? texts.join('') : secret,
  };
  writer.endCall(call, { state: 'failed', durationUs: microseconds(9_999), ...told });
  return trace;
}

describe('redacted copy', function () {
  this.timeout(60_000);
  const files = new FilesOfTest();

  it('has no secret in any of its bytes, and the times and counts of the other', async () => {
    const anyTrace = fc.record({
      name: fc.constantFrom(...names),
      cuts: fc.array(fc.nat(60), { maxLength: 6 }),
      tokensBefore: fc.nat(3),
    });
    const property = fc.asyncProperty(anyTrace, async ({ name, cuts, tokensBefore }) => {
      const secret = planted(name);
      const inside = cuts.map((cut) => Math.min(cut, secret.length));
      const { writer: source } = await traceWith(secret, inside, tokensBefore);
      const { writer: copy } = await redactedTrace(source, 'a', { redaction });
      assert.deepEqual(figures(copy.database), figures(source.database));
      const bytes = Buffer.from(copy.toBytes());
      const { hidden } = secrets[name]!;
      assert.ok(!bytes.includes(hidden), `${name} is in the file`);
      // As JSON has it.
      assert.ok(!bytes.includes(JSON.stringify(hidden).slice(1, -1)), `${name} is in the file`);
      const { text } =
        copy.database.get("SELECT group_concat(token, '') AS text FROM llm_tokens") ?? {};
      assert.ok(!String(text).includes(hidden), `${name} is in the tokens`);
      source.close();
      copy.close();
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('finds a secret whose middle is gone with the tokens of an aggregated call', async () => {
    const trace = await ExampleTrace.create();
    const { writer } = trace;
    const call = trace.startCall('a');
    const texts = ['sk-Zq', ...Array<string>(60).fill('7RkT'), ' end'];
    const shifted = [...Array<string>(8).fill('w '), ...texts];
    const tokens = shifted.map((text, at) => ({
      offsetUs: microseconds(at),
      text,
      kind: TokenKind.text,
    }));
    writer.addTokens(call, tokens);
    writer.endCall(call, { state: 'completed', durationUs: microseconds(100) });
    aggregateCall(writer, call, nowUs);
    const { writer: copy } = await redactedTrace(writer, 'a', { redaction });
    const text = copy.database.all('SELECT token FROM llm_tokens').map(({ token }) => token);
    assert.equal(text.join(''), `${'w '.repeat(8)}sk-[redacted]${'•'.repeat(10)} end`);
    assert.ok(!Buffer.from(copy.toBytes()).includes('7RkT'));
    writer.close();
    copy.close();
  });

  it('leaves out what other programs have put into the file', async () => {
    const from = await files.write('a.llmtrace', [3], ({ writer }) => {
      writer.database.exec("CREATE TABLE notes (text); INSERT INTO notes VALUES ('hunter2')");
    });
    const to = files.path('b.llmtrace');
    await redactCopy({ from, to, mayReplace: false, redaction });
    assert.ok(files.bytes('a.llmtrace').includes('hunter2'));
    assert.ok(!files.bytes('b.llmtrace').includes('hunter2'));
  });

  it("hides what the user's keys and patterns name", async () => {
    const from = await files.write('a.llmtrace', [], ({ writer }) => {
      writer.addRun({
        id: 'EMP-123456',
        name: 'of EMP-123456',
        userId: 'adalbert',
        startedAtUs: nowUs,
      });
    });
    const to = files.path('b.llmtrace');
    await redactCopy({ from, to, mayReplace: false, redaction });
    const bytes = files.bytes('b.llmtrace');
    assert.ok(!bytes.includes('EMP-123456') && !bytes.includes('adalbert'));
    assert.ok(bytes.includes('of [redacted]'));
  });

  it('converts a database of another recorder on the way', async () => {
    const from = fixturePath('support-encrypted.db');
    const to = files.path('b.llmtrace');
    const options = { from, to, mayReplace: false, redaction };
    await assert.rejects(redactCopy(options), hasCode('key-needed'));
    assert.ok((await redactCopy({ ...options, keys: [fixtureKey] })).runs > 0);
    assert.equal((await files.open('b.llmtrace')).summary().formatLabel, 'LLM Stream trace 2');
  });

  it('refuses garbage, and makes no file', async () => {
    writeFileSync(files.path('a.llmtrace'), 'no trace');
    const options = { from: files.path('a.llmtrace'), to: files.path('b.llmtrace') };
    await assert.rejects(
      redactCopy({ ...options, mayReplace: false, redaction }),
      hasCode('not-a-database'),
    );
    assert.deepEqual(files.names, ['a.llmtrace']);
  });
});
