import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { openReader } from '../../../src/formats/registry.js';
import { convertFile } from '../../../src/maintenance/convertFile.js';
import { Work } from '../../../src/maintenance/work.js';
import { tokenText } from '../../../src/model/tokens.js';
import type { Step } from '../../../src/model/trace.js';
import { openTrace } from '../../../src/store/openTrace.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { agentInspectorDatabase } from '../../fixtures/agentInspectorDatabase.js';
import { fixtureKey, fixturePath } from '../formats/opening.js';
import { stallRule } from '../store/exampleTrace.js';
import { FilesOfTest, hasCode } from './files.js';

const open = (path: string): Promise<TraceQueries> =>
  openTrace({ source: { kind: 'path', path }, openReader, stallRule, keys: [fixtureKey] });

/** Everything that is shown of a trace, with ids in place of keys. */
function shown(trace: TraceQueries, running: ReadonlySet<string>): unknown {
  // What was running has ended in a copy, as far as the copy knows.
  const ended = trace.summary().runs.filter(({ id }) => !running.has(id));
  // The source counts tokens twice that were stored twice; each is copied once.
  return ended.map(({ key, ...run }) => {
    const { steps, lengthUs } = trace.run(key);
    const ids = new Map(steps.map((step) => [step.key, step.id]));
    return {
      ...run,
      tokenCount: null,
      lengthUs,
      steps: steps.map((step) => shownStep(trace, step, ids)),
    };
  });
}

function shownStep(
  trace: TraceQueries,
  { key, parentKey, summary, ...step }: Step,
  ids: ReadonlyMap<number, string>,
): unknown {
  const tokens = trace.tokens(key);
  const { sections } = trace.step(key);
  const hasError =
    sections.some(({ title }) => title === 'Error') || step.call?.errorMessage != null;
  return {
    ...step,
    // By its status alone a native trace knows that a task has failed.
    status: step.failed ? 'failed' : step.status,
    parent: parentKey === null ? null : ids.get(parentKey),
    // Of an error, the native reader also shows its type.
    summary: hasError ? null : summary,
    tokens: Array.from(tokens.index, (index, position) => [
      ...[index, tokens.offsetUs[position], tokens.kind[position], tokenText(tokens, position)],
    ]),
    // It is the file's own row.
    sections: sections.filter(({ title }) => title !== 'Raw'),
  };
}

describe('conversion of an Agent Inspector database', function () {
  this.timeout(30_000);
  const files = new FilesOfTest();
  const to = (): string => files.path('new.llmtrace');

  for (const name of [
    'support.db',
    'support-encrypted.db',
    'uncompressed.db',
    'tokens.db',
    'every-event.db',
  ]) {
    it(`is read like its source: ${name}`, async () => {
      const from = fixturePath(name);
      const before = readFileSync(from);
      const result = await convertFile({ from, to: to(), mayReplace: false, keys: [fixtureKey] });
      const [source, copy] = [await open(from), await open(to())];
      const { runs } = source.summary();
      const running = new Set(
        runs.filter(({ status }) => status === 'running').map(({ id }) => id),
      );
      assert.deepEqual(shown(copy, running), shown(source, running));
      assert.equal(result.runs, runs.length);
      for (const notice of source.summary().notices) assert.ok(result.notices.includes(notice));
      source.close();
      copy.close();
      assert.ok(readFileSync(from).equals(before));
      assert.deepEqual(files.names, ['new.llmtrace']);
    });
  }

  it('keeps what is said of runs and of tokens, also of tokens that were stored twice', async () => {
    const from = files.path('a.db');
    const said = { run: '{"team":"support"}', token: '{"logprob":-0.5}' };
    const token = { llm_call_id: 's0', token: 'a', timestamp_ms: 5 };
    const database = await agentInspectorDatabase({
      runs: [{ metadata: said.run }, { id: 'r2', metadata: '{}' }],
      steps: [{}, { run_id: 'r2' }],
      tokens: [
        { ...token, token_index: 0 },
        { ...token, token_index: 1, metadata: said.token },
        { ...token, token_index: 1, metadata: said.token },
        { ...token, token_index: 2, metadata: '{}' },
      ],
    });
    writeFileSync(from, database.export());
    database.close();
    await convertFile({ from, to: to(), mayReplace: false });
    for (const path of [from, to()]) {
      const trace = await open(path);
      const { runs } = trace.summary();
      const metadata = runs.map(({ key, id }) => [id, trace.run(key).metadata]);
      assert.deepEqual(Object.fromEntries(metadata), { r1: said.run, r2: null }, path);
      const run = runs.find(({ id }) => id === 'r1');
      const [step] = run ? trace.run(run.key).steps : [];
      assert.ok(step);
      assert.deepEqual([...trace.tokenMetadata(step.key, 0, 9)], [[1, said.token]], path);
      assert.deepEqual([...trace.tokenMetadata(step.key, 2, 9)], [], path);
      trace.close();
    }
  });

  it('takes what a running writer has in its WAL, and ends what is open in it', async () => {
    for (const end of ['', '-wal']) {
      copyFileSync(fixturePath(`support-live.db${end}`), files.path(`live.db${end}`));
    }
    await convertFile({ from: files.path('live.db'), to: to(), mayReplace: false });
    const copy = await open(to());
    const [newest] = copy.summary().runs;
    assert.deepEqual([newest?.name, newest?.status], ['only in the wal', 'failed']);
    copy.close();
  });

  it('asks for the key of an encrypted one', async () => {
    const from = fixturePath('support-encrypted.db');
    await assert.rejects(convertFile({ from, to: to(), mayReplace: false }), hasCode('key-needed'));
    assert.deepEqual(files.names, []);
  });

  it('never takes the place of a file, unless that is wanted, and never its own', async () => {
    const from = files.path('a.db');
    copyFileSync(fixturePath('support.db'), from);
    writeFileSync(to(), 'mine');
    await assert.rejects(
      convertFile({ from, to: to(), mayReplace: false }),
      hasCode('invalid', /there already/),
    );
    assert.equal(files.bytes('new.llmtrace').toString(), 'mine');
    await assert.rejects(
      convertFile({ from, to: from, mayReplace: true }),
      hasCode('invalid', /own place/),
    );
    await convertFile({ from, to: to(), mayReplace: true });
    assert.deepEqual(files.names, ['a.db', 'new.llmtrace']);
  });

  it('makes no file when it is cancelled', async () => {
    const work = new Work(AbortSignal.abort());
    const from = fixturePath('support.db');
    assert.equal((await convertFile({ from, to: to(), mayReplace: false, work })).cancelled, true);
    assert.deepEqual(files.names, []);
  });

  it('says that a trace is one already', async () => {
    const from = await files.write('a.llmtrace', [3]);
    await assert.rejects(
      convertFile({ from, to: to(), mayReplace: false }),
      hasCode('invalid', /already/),
    );
  });
});
