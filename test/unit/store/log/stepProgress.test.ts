import assert from 'node:assert/strict';
import { mostPhases, type Stage, type Step } from '../../../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../../../src/model/units.js';
import { applyEvents } from '../../../../src/store/log/applyEvents.js';
import { interruptOpenCalls } from '../../../../src/store/log/interruptOpenCalls.js';
import { readEvent } from '../../../../src/store/log/readEvent.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { NativeReader } from '../../../../src/store/native/nativeReader.js';
import { TraceWriter } from '../../../../src/store/native/traceWriter.js';
import { contentOf, logStartUs, runStarted } from './logEvents.js';

const at = (afterUs: number) => epochMicroseconds(logStartUs + afterUs);

const stageStarted = (data?: unknown): TraceEvent => ({
  ...{ type: 'step-started', stepId: 'stage', runId: 'run', stepType: 'stage', name: 'Write' },
  ...{ atUs: at(0), status: 'running', ...(data === undefined ? {} : { data }) },
});

const progressed = (afterUs: number, fields: object): TraceEvent => ({
  ...{ type: 'step-progressed', stepId: 'stage', atUs: at(afterUs), ...fields },
});

const ended = (data?: unknown): TraceEvent => ({
  ...{ type: 'step-ended', stepId: 'stage', status: 'completed' },
  ...{ durationUs: microseconds(10_000_000), ...(data === undefined ? {} : { data }) },
});

describe('what a stage says of its progress', () => {
  let writer: TraceWriter;
  beforeEach(async () => (writer = await TraceWriter.create()));
  afterEach(() => writer.close());

  const dataOf = (): unknown =>
    JSON.parse(
      String(
        writer.database.get("SELECT data FROM steps WHERE step_id = 'stage'")?.['data'] ?? 'null',
      ),
    );

  function stepRead(): Pick<Step, 'summary' | 'status' | 'durationUs'> & { stage?: Stage } {
    const reader = NativeReader.open(writer.database);
    const [run] = reader.runs();
    assert.ok(run);
    const step = reader.steps(run.key).find(({ id }) => id === 'stage');
    assert.ok(step);
    return step;
  }

  it('is kept in the data of its step', () => {
    applyEvents(writer, [
      runStarted(),
      stageStarted({ input: 'a topic' }),
      progressed(1_000, { phase: 'detailed' }),
      progressed(2_000, { progress: 0.25, message: 'page 1' }),
      progressed(3_000, { progress: 0.5, phase: 'summary' }),
    ]);
    assert.deepEqual(dataOf(), {
      ...{ input: 'a topic', progress: 0.5, message: 'page 1' },
      phases: [
        { name: 'detailed', at_us: at(1_000) },
        { name: 'summary', at_us: at(3_000) },
      ],
    });
    const { stage, summary } = stepRead();
    assert.deepEqual(stage, {
      ...{ progress: 0.5, message: 'page 1' },
      phases: [
        { name: 'detailed', offsetUs: 1_000 },
        { name: 'summary', offsetUs: 3_000 },
      ],
    });
    assert.equal(summary, 'page 1');
  });

  it('stays where the end has other data, and gives way to what that says of it', () => {
    applyEvents(writer, [
      runStarted(),
      stageStarted({ input: 'a topic' }),
      progressed(1_000, { phase: 'detailed', progress: 0.5, message: 'half' }),
      ended({ output: 'a text', message: 'done' }),
    ]);
    assert.deepEqual(dataOf(), {
      ...{ output: 'a text', progress: 0.5, message: 'done' },
      phases: [{ name: 'detailed', at_us: at(1_000) }],
    });
  });

  it('takes what is no object as the value of an object', () => {
    applyEvents(writer, [runStarted(), stageStarted('a topic'), progressed(1, { progress: 0.5 })]);
    assert.deepEqual(dataOf(), { value: 'a topic', progress: 0.5 });
  });

  it('is none of a stage that never said any, whose end has the place of its start', () => {
    applyEvents(writer, [runStarted(), stageStarted({ a: 1 }), ended({ b: 2 })]);
    assert.deepEqual(dataOf(), { b: 2 });
    assert.deepEqual(stepRead().stage, { progress: null, message: null, phases: [] });
  });

  it('is taken from before its start, and the start has its data', () => {
    applyEvents(writer, [
      progressed(1_000, { progress: 0.5 }),
      runStarted(),
      stageStarted({ input: 'a topic' }),
    ]);
    assert.deepEqual(dataOf(), { input: 'a topic', progress: 0.5 });
  });

  it('keeps its last word when nobody ends it', () => {
    applyEvents(writer, [
      runStarted(),
      stageStarted(),
      progressed(1_000, { progress: 0.5, phase: 'detailed' }),
    ]);
    interruptOpenCalls(writer);
    const { stage, status, durationUs } = stepRead();
    assert.deepEqual(
      { status, durationUs, progress: stage?.progress, phases: stage?.phases.length },
      { status: 'interrupted', durationUs: null, progress: 0.5, phases: 1 },
    );
  });

  it('of more phases than are kept, keeps the newest; again changes nothing', () => {
    const events = [
      runStarted(),
      stageStarted({ input: 'kept' }),
      ...Array.from({ length: 3 * mostPhases }, (_, place) =>
        progressed(place, { phase: `phase ${place}` }),
      ),
    ];
    applyEvents(writer, events);
    const { phases } = stepRead().stage ?? { phases: [] };
    assert.equal(phases.length, mostPhases);
    assert.equal(phases[0]?.name, `phase ${2 * mostPhases}`);
    assert.equal(phases.at(-1)?.name, `phase ${3 * mostPhases - 1}`);
    const before = contentOf(writer);
    for (const event of events) applyEvents(writer, [event]);
    assert.deepEqual(contentOf(writer), before);
  });

  it('puts phases that come late in their place', () => {
    applyEvents(writer, [
      runStarted(),
      stageStarted(),
      progressed(3_000, { phase: 'summary' }),
      progressed(1_000, { phase: 'detailed' }),
    ]);
    assert.deepEqual(
      stepRead().stage?.phases.map(({ name }) => name),
      ['detailed', 'summary'],
    );
  });

  it('is written once for a thousand words', () => {
    const many = Array.from({ length: 100_000 }, (_, place) =>
      progressed(place, { progress: place / 100_000 }),
    );
    let writes = 0;
    const update = writer.database.update.bind(writer.database);
    writer.database.update = (...args) => {
      writes++;
      update(...args);
    };
    applyEvents(writer, [runStarted(), stageStarted({ input: 'x'.repeat(100_000) }), ...many]);
    assert.ok(writes < 10, `${writes} writes`);
    assert.equal(stepRead().stage?.progress, 0.99999);
  });

  it('is read also of a stage whose data are long', () => {
    const phases = Array.from({ length: mostPhases }, (_, place) =>
      progressed(place, { phase: `${'名'.repeat(200)} ${place}` }),
    );
    applyEvents(writer, [
      runStarted(),
      stageStarted({ input: 'x'.repeat(200_000) }),
      progressed(5, { progress: 0.25, message: 'long' }),
      ...phases,
    ]);
    const { stage, summary } = stepRead();
    assert.deepEqual(
      [stage?.progress, stage?.message, stage?.phases.length, summary],
      [0.25, 'long', mostPhases, 'long'],
    );
  });

  for (const [what, data] of [
    ['no JSON', 'x'.repeat(100_000)],
    ['another shape', JSON.stringify({ progress: [], message: {}, phases: 'x'.repeat(100_000) })],
    ['no objects', JSON.stringify(['x'.repeat(100_000)])],
    ['numbers out of range', JSON.stringify({ progress: 7, phases: [{ name: 'a', at_us: -1 }] })],
    ['bytes', new Uint8Array(100_000).fill(0xff)],
  ] as const) {
    it(`reads a stage of which the data are ${what}`, () => {
      applyEvents(writer, [runStarted(), stageStarted()]);
      writer.database.run("UPDATE steps SET data = ? WHERE step_id = 'stage'", [data]);
      const stage = stepRead().stage;
      assert.deepEqual([stage?.progress, stage?.phases], [null, []]);
    });
  }

  it('is no event with fields of another kind', () => {
    const event = { type: 'step-progressed', stepId: 'stage', atUs: 1 };
    assert.ok(readEvent({ ...event, progress: null, message: '' }));
    for (const wrong of [
      { progress: 1.5 },
      { progress: '1' },
      { phase: '' },
      { phase: 'x'.repeat(1_001) },
      { message: 1 },
      { stepId: '' },
      { atUs: -1 },
    ]) {
      assert.equal(readEvent({ ...event, ...wrong }), null, JSON.stringify(wrong));
    }
  });
});
