/** Databases with rows that the recorder would not write, or not any more. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { largestEventBytes } from '../../../src/formats/agentInspector/eventData.js';
import { openReader } from '../../../src/formats/registry.js';
import { columnsOf, textBetween } from '../../../src/model/tokens.js';
import type { StepKey } from '../../../src/model/trace.js';
import { runKey, stepKey } from '../../../src/model/trace.js';
import {
  agentInspectorDatabase,
  eventData,
  looseSchema,
  recorderSchema,
  runStartMs,
} from '../../fixtures/agentInspectorDatabase.js';
import { callOf, openContent, sectionsOf, stepNamed, stepsOf } from './opening.js';

describe('Agent Inspector runs', function () {
  this.timeout(20_000);

  it('keep steps of runs that have no row of their own', async () => {
    const reader = await openContent({
      runs: [],
      steps: [{ run_id: 'lost' }, { run_id: 'lost', type: 'error' }],
    });
    const [run] = reader.runs();
    assert.equal(run?.id, 'lost');
    assert.equal(run?.status, 'unknown');
    assert.equal(run?.startedAtUs, runStartMs * 1000);
    assert.deepEqual([run?.callCount, run?.errorCount], [1, 1]);
    assert.equal(reader.steps(run.key).length, 2);
    assert.match(reader.notices().join(), /1 run is missing/);
    reader.close();
  });

  it('are known by key only', async () => {
    const reader = await openContent({ steps: [{}] });
    for (const key of [0, 99, -99, NaN, 1.5]) assert.deepEqual(reader.steps(runKey(key)), []);
    for (const key of [0, 99, -1, NaN]) {
      assert.equal(reader.tokens(stepKey(key)).count, 0);
      assert.deepEqual(reader.detail(stepKey(key), () => columnsOf([])).sections, []);
    }
    reader.close();
  });

  it('tolerate values of wrong types in every column', async () => {
    const odd = [null, -5, 1e300, 'x\0y', '', new Uint8Array([0xff, 0xfe]), 2 ** 60];
    for (const value of odd) {
      const all = (names: string) =>
        Object.fromEntries(names.split(' ').map((name) => [name, value]));
      const reader = await openContent({
        schema: looseSchema,
        runs: [all('id name status started_at completed_at agent_type user_id session_id'), {}],
        steps: [
          {
            ...all('id run_id timestamp name status duration_ms data parent_event_id'),
            type: 'llm_call',
          },
          all('type'),
          {},
        ],
        tokens: [
          all('run_id llm_call_id token_index token timestamp_ms delta_ms metadata'),
          { ...all('token_index token timestamp_ms delta_ms'), llm_call_id: 's2' },
        ],
      });
      for (const run of reader.runs()) {
        assert.ok(run.startedAtUs >= 0 && Number.isFinite(run.startedAtUs));
        for (const step of reader.steps(run.key)) {
          assert.ok(Number.isFinite(step.startUs) && step.startUs >= 0);
          assert.ok(step.name.length > 0);
          assert.equal(reader.tokens(step.key).count, step.call?.storedTokens ?? 0);
          assert.ok(reader.detail(step.key, () => reader.tokens(step.key)).sections.length > 0);
        }
      }
      reader.close();
    }
  });

  it('open from the columns that every version has', async () => {
    const reader = await openContent({
      schema: `CREATE TABLE schema_version (version); CREATE TABLE runs (id, name, status, started_at);
        CREATE TABLE steps (id, run_id, timestamp, type, name, status, duration_ms, data)`,
      steps: [{ data: eventData({ model: 'gpt-4' }) }],
    });
    assert.equal(callOf(stepsOf(reader)[0]).model, 'gpt-4');
    reader.close();
  });
});

describe('Agent Inspector steps', function () {
  this.timeout(20_000);

  it('without readable data are shown with what the columns say', async () => {
    const reader = await openContent({
      steps: [
        { name: 'broken call', data: gzipSync('{}').subarray(0, 12), duration_ms: 2000 },
        { name: 'broken tool', type: 'tool_call', status: 'failed', data: new Uint8Array() },
        { name: 'sound', data: eventData({ prompt: 'p', response: 'r' }) },
      ],
    });
    const steps = stepsOf(reader);
    assert.equal(steps.length, 3);
    const call = stepNamed(steps, 'broken call');
    assert.equal(call.durationUs, 2_000_000);
    assert.equal(callOf(call).model, null);
    const { Request, Response, Raw } = sectionsOf(reader, call);
    assert.deepEqual([Request, Response], ['', '']);
    assert.match(Raw ?? '', /^The data of this step are damaged \(gzip\)\.[^]*"duration_ms": 2000/);
    assert.equal(stepNamed(steps, 'broken tool').failed, true);
    assert.equal(callOf(stepNamed(steps, 'sound')).state, 'completed');
    stepsOf(reader);
    assert.match(reader.notices().join(), /data of 2 steps could not be read/);
    reader.close();
  });

  it('of many gzip bombs end in time: the rest of the run is shown without data', async () => {
    const bomb = gzipSync(new Uint8Array(largestEventBytes + 1));
    const reader = await openContent({
      runs: [{}, { id: 'r2', name: 'other' }],
      steps: [
        ...Array.from({ length: 9 }, () => ({ data: bomb })),
        { name: 'after', data: eventData({ prompt: 'p' }) },
        { name: 'elsewhere', run_id: 'r2', data: eventData({ prompt: 'p' }) },
      ],
    });
    assert.equal(stepsOf(reader, 'a run').length, 10);
    assert.match(reader.notices().join(), /data of 10 steps could not be read/);
    const after = stepNamed(stepsOf(reader, 'a run'), 'after');
    assert.equal(sectionsOf(reader, after)['Request'], 'p', 'read when it is asked for alone');
    const elsewhere = stepNamed(stepsOf(reader, 'other'), 'elsewhere');
    assert.equal(sectionsOf(reader, elsewhere)['Request'], 'p');
    assert.match(reader.notices().join(), /data of 10 steps could not be read/);
    reader.close();
  });

  it('of enormous data are not even fetched', async () => {
    const database = await agentInspectorDatabase({ steps: [{}] });
    database.run('UPDATE steps SET data = zeroblob(110000000)');
    const reader = openReader(database, { keys: [] });
    const [step] = stepsOf(reader);
    assert.match(sectionsOf(reader, step!)['Raw'] ?? '', /too large to be unpacked/);
    reader.close();
  });

  it('of older events have unknown figures, not errors', async () => {
    const reader = await openContent({ steps: [{ data: eventData({ model: 'gpt-4' }) }] });
    const call = callOf(stepsOf(reader)[0]);
    assert.deepEqual(
      [call.streaming, call.completionTokens, call.tokenCountSource, call.recorded.ttftUs],
      [null, null, null, undefined],
    );
    reader.close();
  });

  it('have parents of their own run only, and no rings', async () => {
    const reader = await openContent({
      runs: [{}, { id: 'r2', name: 'other' }],
      steps: [
        { id: 'a', parent_event_id: 'c' },
        { id: 'b', parent_event_id: 'a' },
        { id: 'c', parent_event_id: 'b' },
        { id: 'd', parent_event_id: 'd' },
        { id: 'e', parent_event_id: 'nowhere' },
        { id: 'f', parent_event_id: 'g' },
        { id: 'g', run_id: 'r2' },
        { id: 'h', parent_event_id: 'b' },
        { id: 'start', type: 'run_start' },
        { id: 'i', parent_event_id: 'start' },
      ],
    });
    const steps = stepsOf(reader, 'a run');
    const parents = new Map(steps.map(({ key, parentKey }) => [key, parentKey]));
    const idOf = (key: StepKey | null) => steps.find((step) => step.key === key)?.id ?? null;
    for (const { key } of steps) {
      let current: StepKey | null = key;
      for (let hops = 0; current !== null; hops++) {
        assert.ok(hops <= steps.length, 'a ring');
        current = parents.get(current) ?? null;
      }
    }
    const parentOf = (id: string) => idOf(steps.find((step) => step.id === id)!.parentKey);
    assert.equal(['a', 'b', 'c'].filter((id) => parentOf(id) === null).length, 1, 'cut once');
    assert.deepEqual(['d', 'e', 'f', 'i'].map(parentOf), [null, null, null, null]);
    assert.equal(parentOf('h'), 'b');
    reader.close();
  });

  it('nest a hundred thousand deep in time', async () => {
    const steps = Array.from({ length: 100_000 }, (_, at) => ({
      id: `s${at}`,
      parent_event_id: `s${at + 1}`,
      type: 'custom',
    }));
    const reader = await openContent({ steps });
    const read = stepsOf(reader);
    assert.deepEqual([read[0]?.parentKey, read.at(-1)?.parentKey], [2, null]);
    reader.close();
  });

  it('of an unknown type are custom; run_start is one where it says more than the run', async () => {
    const reader = await openContent({
      steps: [
        { type: 'llm_guardrail', name: 'new type' },
        { type: 'run_start', name: '', data: eventData({ metadata: {}, input: null }) },
        { type: 'run_end', name: '', data: eventData({ metadata: { cost: 3 } }) },
        { type: 'run_start', name: '', data: eventData({ input: { question: '?' } }) },
      ],
    });
    assert.deepEqual(
      stepsOf(reader).map(({ type, name }) => [type, name]),
      [
        ['custom', 'new type'],
        ['run_end', 'run end'],
        ['run_start', 'run start'],
      ],
    );
    reader.close();
  });

  it('that were open when their run ended are interrupted', async () => {
    const open = { status: 'in_progress', duration_ms: null };
    const reader = await openContent({
      runs: [{}, { id: 'r2', name: 'live', status: 'running' }],
      steps: [open, { ...open, run_id: 'r2' }],
    });
    assert.equal(callOf(stepsOf(reader, 'a run')[0]).state, 'interrupted');
    assert.equal(callOf(stepsOf(reader, 'live')[0]).state, 'streaming');
    reader.close();
  });

  it('stamped before their run are drawn at its start', async () => {
    const reader = await openContent({ steps: [{ timestamp: runStartMs - 5_000 }] });
    assert.equal(stepsOf(reader)[0]?.startUs, 0);
    assert.match(reader.notices().join(), /1 step is stamped before the run began/);
    reader.close();
  });

  it('cut texts that are longer than a page can show, and say so', async () => {
    const response = '🚚'.repeat(800_000);
    const reader = await openContent({ steps: [{ data: eventData({ response }) }] });
    const [step] = stepsOf(reader);
    const section = reader
      .detail(step!.key, () => reader.tokens(step!.key))
      .sections.find(({ title }) => title === 'Response');
    assert.equal(section?.cutFrom, response.length);
    assert.ok(section.text.length < response.length);
    assert.doesNotMatch(section.text, /\p{Surrogate}/u);
    reader.close();
  });
});

describe('Agent Inspector tokens', function () {
  this.timeout(20_000);

  it('are found by index, also where the file has none', async () => {
    const database = await agentInspectorDatabase({
      schema: `${recorderSchema} CREATE TABLE llm_tokens (run_id, llm_call_id, token_index, token, timestamp_ms, delta_ms);`,
      steps: [{}],
    });
    const reader = openReader(database, { keys: [] });
    const plan = (sql: string) =>
      database
        .all(`EXPLAIN QUERY PLAN ${sql}`)
        .map(({ detail }) => String(detail))
        .join('; ');
    assert.match(
      plan(
        'SELECT token FROM llm_tokens t WHERE t.llm_call_id = (SELECT id FROM steps WHERE rowid = 1) ORDER BY t.token_index',
      ),
      /SEARCH t USING INDEX/,
    );
    reader.close();
  });

  it('are all shown where their indexes tell nothing', async () => {
    const reader = await openContent({
      steps: [{}],
      tokens: ['a', 'b', 'c'].map((token) => ({ llm_call_id: 's0', token_index: 0, token })),
    });
    const columns = reader.tokens(stepsOf(reader)[0]!.key);
    assert.equal(textBetween(columns, 0, columns.count), 'abc');
    assert.deepEqual([...columns.index], [0, 1, 2]);
    reader.close();
  });

  it('keep NUL, lone surrogates and broken UTF-8 harmless', async () => {
    const reader = await openContent({
      steps: [{ id: 'c' }],
      tokens: [
        { llm_call_id: 'c', token_index: 0, token: 'a\0b', timestamp_ms: 1 },
        {
          llm_call_id: 'c',
          token_index: 1,
          token: new Uint8Array([0xed, 0xa0, 0x80]),
          timestamp_ms: 2,
        },
        { llm_call_id: 'c', token_index: 2, token: 'x'.repeat(1_000_000), timestamp_ms: 3 },
      ],
    });
    const [step] = stepsOf(reader);
    const columns = reader.tokens(step!.key);
    assert.deepEqual([...columns.textEnd], [3, 6, 1_000_006]);
    assert.equal(columns.text.buffer.byteLength, columns.text.length, 'an exactly sized buffer');
    reader.close();
  });
});

describe('A large Agent Inspector database', () => {
  const runs = Array.from({ length: 10_000 }, (_, at) => ({
    id: `r${at}`,
    name: `run ${at}`,
    started_at: runStartMs + at * 1000,
  }));
  const data = gzipSync(JSON.stringify({ model: 'gpt-4o', prompt: 'p'.repeat(2_000) }));
  const steps = Array.from({ length: 50_000 }, (_, at) => ({
    id: `s${at}`,
    run_id: `r${at % 10_000}`,
    timestamp: runStartMs + at,
    data,
  }));

  it('lists 10 000 runs at once, and reads the steps of one run by index', async () => {
    const database = await agentInspectorDatabase({ runs, steps });
    const reader = openReader(database, { keys: [] });
    const started = performance.now();
    const list = reader.runs();
    const listed = performance.now();
    assert.equal(list.length, 10_000);
    assert.equal(list[0]?.name, 'run 9999');
    assert.equal(list[0]?.callCount, 5);
    assert.equal(reader.steps(list[0].key).length, 5);
    const read = performance.now();
    assert.ok(listed - started < 10_000, `runs: ${listed - started} ms`);
    assert.ok(read - listed < 1_000, `steps: ${read - listed} ms`);
    reader.close();
  }).timeout(30_000);
});
