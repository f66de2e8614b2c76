import assert from 'node:assert/strict';
import type { Step } from '../../src/api.js';
import { type Recorded, recorded } from './harness/recordingOutbox.js';
import { warningsLike } from './harness/warnings.js';

/** As the outbox asks for it every 100 ms. */
const seal = ({ outbox }: Recorded): void => {
  for (const stream of [...outbox.streams]) stream.seal();
};

/** Without what is another in every run. */
const said = ({ outbox }: Recorded) =>
  outbox.of('step_progress').map(({ progress, phase, message }) => ({ progress, phase, message }));

describe('the progress of a step', () => {
  let record: Recorded;
  beforeEach(() => (record = recorded()));

  const inStage = (work: (stage: Step) => void): void =>
    record.trace.run('run', () => record.trace.stage('stage', work));

  it('is sent as it was last, whenever it is asked for, and before the end', () => {
    inStage((stage) => {
      for (let done = 0; done < 1_000; done++) stage.progress(done / 1_000, `page ${done}`);
      seal(record);
      stage.progress(1);
    });
    assert.deepEqual(said(record), [
      { progress: 0.999, phase: undefined, message: 'page 999' },
      { progress: 1, phase: undefined, message: 'page 999' },
    ]);
    const { events } = record.outbox;
    assert.equal(events.at(-2)?.type, 'step_end');
    assert.equal(record.outbox.streams.size, 0);
  });

  it('goes through phases, each with its time, and does not begin one twice', () => {
    inStage((stage) => {
      stage.phase('detailed');
      stage.progress(0.5);
      stage.phase('detailed');
      stage.phase('summary');
    });
    assert.deepEqual(
      said(record).map(({ phase, progress }) => phase ?? progress),
      ['detailed', 0.5, 'summary'],
    );
    const start = record.outbox.only('step_start');
    const times = record.outbox.of('step_progress').map((event) => event.timestamp_us);
    assert.deepEqual(
      times,
      [...times].sort((one, other) => one - other),
    );
    assert.ok(times.every((time) => time >= start.timestamp_us));
    assert.ok(record.outbox.of('step_progress').every(({ step_id: id }) => id === start.step_id));
  });

  it('is not taken back by what the step began with', () => {
    const data = { progress: 0.1, message: 'begins', source: 'files' };
    record.trace.run('run', () => {
      const stage = record.trace.startStep('stage', 'stage', { data });
      stage.progress(0.7, 'nearly');
      stage.end({ output: 'done' });
    });
    assert.deepEqual(record.outbox.only('step_end').data, { source: 'files', output: 'done' });
  });

  it('takes what is beyond for the nearest, and says so', async () => {
    inStage((stage) => {
      // The last one is what a sum may be.
      for (const fraction of [42, -1, Infinity, 1 + Number.EPSILON]) {
        stage.progress(fraction);
        seal(record);
      }
    });
    assert.deepEqual(
      said(record).map(({ progress }) => progress),
      [1, 0, 1, 1],
    );
    assert.equal((await warningsLike(/Progress must be from 0 to 1/)).length, 1);
  });

  it('that is no number is left out, what came with it is not', () => {
    inStage((stage) => {
      stage.progress(0.5);
      stage.progress(NaN, 'still at it');
    });
    assert.deepEqual(said(record), [{ progress: 0.5, phase: undefined, message: 'still at it' }]);
  });

  it('is no longer than the capture takes', () => {
    inStage((stage) => {
      stage.phase('x'.repeat(300));
      stage.progress(0, 'y'.repeat(3_000));
    });
    const [phase, progress] = said(record);
    assert.deepEqual([phase?.phase?.length, progress?.message?.length], [200, 1_000]);
  });

  it('after the end is none', () => {
    const { trace, outbox } = record;
    const step = trace.startStep('stage', 'stage');
    step.end();
    step.progress(1);
    step.phase('late');
    assert.deepEqual(said(record), []);
    assert.equal(outbox.streams.size, 0);
  });

  it('is sent before the process ends', () => {
    record.trace.startStep('stage', 'open').progress(0.5);
    record.outbox.finish();
    assert.equal(said(record)[0]?.progress, 0.5);
  });

  it('never throws, whatever is given', () => {
    const thorny = new Proxy({}, { get: () => assert.fail('touched') });
    inStage((stage) => {
      for (const odd of [thorny, null, undefined, 'x', {}, [], 1n, Symbol('s'), () => 1]) {
        stage.progress(odd as number, odd as string);
        stage.phase(odd as string);
      }
    });
    assert.equal(record.outbox.only('step_end').status, 'completed');
    const silent = recorded({ enabled: false });
    silent.trace.stage('nothing', (stage) => {
      stage.progress(1);
      stage.phase('none');
    });
  });
});
