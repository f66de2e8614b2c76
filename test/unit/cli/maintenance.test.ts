import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fixturePath } from '../formats/opening.js';
import { TraceFolder, run } from './traces.js';

describe('command line, of commands that change files', function () {
  this.timeout(60_000);
  const traces = new TraceFolder();

  const lines = (out: string): Record<string, unknown>[] =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('say how far they are, and at last the result', async () => {
    const { code, out, err } = await run(['aggregate', traces.demo, '--progress']);
    assert.deepEqual([code, err], [0, '']);
    const told = lines(out);
    assert.deepEqual(Object.keys(told[0] ?? {}), ['type', 'done', 'total', 'what']);
    const result = told.at(-1);
    assert.deepEqual([result?.['type'], result?.['cancelled']], ['result', false]);
    assert.match((await run(['aggregate', traces.demo])).out, /nothing to aggregate/);
  });

  it('make new files beside the others', async () => {
    const database = fixturePath('support.db');
    const converted = join(traces.path, 'support.llmtrace');
    assert.equal((await run(['convert', database, converted])).code, 0);
    assert.match((await run(['redact', converted])).out, /support\.redacted\.llmtrace: 4 runs/);
    const again = await run(['redact', converted]);
    assert.deepEqual([again.code, again.out], [1, '']);
    assert.match(again.err, /^support\.redacted\.llmtrace is there already\..*\n$/);
    assert.ok((await readdir(traces.path)).includes('support.redacted.llmtrace'));
  });

  it('take a key from the environment only', async () => {
    const words = ['convert', fixturePath('support-encrypted.db'), join(traces.path, 'e.llmtrace')];
    assert.match((await run(words)).err, /is encrypted/);
    assert.equal((await run([...words, '--key', 'k'])).code, 2);
    const key = { LLM_STREAM_KEY: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' };
    assert.equal((await run(words, key)).code, 0);
  });

  it('migrate, and refuse versions that there are not', async () => {
    assert.match((await run(['migrate', traces.demo, '--to', '1'])).out, /is now version 1/);
    assert.match((await run(['migrate', traces.demo])).out, /version 1 is now version 2/);
    for (const to of ['0', '99', 'x']) {
      assert.equal((await run(['migrate', traces.demo, '--to', to])).code, 2);
    }
  });

  it('say which redaction patterns cannot be used, before anything relies on them', async () => {
    const patterns = ['EMP-[0-9]+', '(a+)+b', '("|x).*\\1'];
    const env = { LLM_STREAM_REDACTION_PATTERNS: JSON.stringify(patterns) };
    const told = await run(['check-patterns', '--progress'], env);
    assert.deepEqual([told.code, told.err], [0, '']);
    const problems = lines(told.out).at(-1)?.['problems'] as (string | null)[];
    assert.equal(problems[0], null);
    assert.match(problems[1] ?? '', /^takes too long for some texts/);
    assert.match(problems[2] ?? '', /^holds a back reference/);
    const one = { LLM_STREAM_REDACTION_PATTERNS: '["a", "x*"]' };
    assert.match((await run(['check-patterns'], one)).out, /^"x\*" matches the empty text/);
    assert.match((await run(['check-patterns'])).out, /^All of them can be used: 0\.\n$/);
    assert.equal((await run(['check-patterns', 'x'])).code, 2);
  });

  it('aggregate and clean up a folder only as far as somebody has said how old', async () => {
    assert.equal((await run(['aggregate', traces.path])).code, 2);
    assert.equal((await run(['aggregate', traces.path, '--older-than', '-1'])).code, 2);
    assert.equal((await run(['aggregate', traces.path, '--older-than', '30000'])).code, 0);
    assert.match(
      (await run(['retain', traces.path])).out,
      /^No limit is set\..*\nNothing to do\.\n$/,
    );
    const file = join(traces.path, 'demo.llmtrace');
    assert.match(
      (await run(['retain', file], { LLM_STREAM_RETENTION_DAYS: '1' })).err,
      /^demo\.llmtrace is not a folder: /,
    );
    const bad = await run(['retain', traces.path], { LLM_STREAM_RETENTION_DAYS: 'week' });
    assert.match(bad.err, /^LLM_STREAM_RETENTION_DAYS is not valid: .*\n$/);
    const days = { LLM_STREAM_RETENTION_MB: '0.001' };
    const planned = await run(['retain', traces.path, '--dry-run', '--progress'], days);
    assert.equal(lines(planned.out).at(-1)?.['dryRun'], true);
    const ofCaptures = await run(['retain', traces.path, '--captures'], days);
    assert.doesNotMatch(ofCaptures.out, /demo\.llmtrace/);
    assert.match((await run(['retain', traces.path], days)).out, /demo\.llmtrace: deleted/);
  });
});
