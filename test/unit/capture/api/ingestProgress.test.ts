import assert from 'node:assert/strict';
import { type Problem, RunningApi, buildBundles, runStart } from './runningApi.js';

interface Accepted {
  readonly accepted: number;
  readonly rejected: { line: number; message: string }[];
}

interface Stage {
  readonly progress: number | null;
  readonly message: string | null;
  readonly phases: { name: string; start_ms: number }[];
}

interface Timeline {
  readonly events: { id: string; type: string; summary: string; stage: Stage | null }[];
}

const startedAtUs = 1_763_627_000_000_000;

const progress = (fields: Readonly<Record<string, unknown>>, afterUs?: number): object => ({
  ...{ type: 'step_progress', step_id: 'stage', ...fields },
  ...(afterUs === undefined ? {} : { timestamp_us: startedAtUs + afterUs }),
});

const stageStart = (runId: string, fields: object = {}): object => ({
  ...{ type: 'step_start', step_id: 'stage', run_id: runId, step_type: 'stage', name: 'Write' },
  ...{ timestamp_us: startedAtUs, ...fields },
});

describe('the progress of stages that are sent', function () {
  this.timeout(60_000);
  let bundles: string;
  let api: RunningApi;

  before(async () => (bundles = await buildBundles()));
  beforeEach(async () => (api = await RunningApi.start(bundles)));
  afterEach(() => api.stop());

  const said = () => api.events.filter(({ type }) => type === 'step-progressed');

  async function stageOfRun(runId: string): Promise<Stage | null | undefined> {
    const { body } = await api.ask<Timeline>(`/v1/runs/${runId}/timeline`);
    return body.events.find(({ id }) => id === 'stage')?.stage;
  }

  it('is shown while the stage runs and after its end, whose data do not take it away', async () => {
    await api.send(
      runStart('run'),
      stageStart('run', { data: { input: 'a topic' } }),
      progress({ phase: 'detailed', progress: 0.1 }, 1_000_000),
      progress({ progress: 0.5, message: '12 of 24 pages' }, 2_000_000),
      progress({ phase: 'summary' }, 3_000_000),
    );
    const expected = {
      ...{ progress: 0.5, message: '12 of 24 pages' },
      phases: [
        { name: 'detailed', start_ms: 1_000 },
        { name: 'summary', start_ms: 3_000 },
      ],
    };
    assert.deepEqual(await stageOfRun('run'), expected);
    await api.send({
      ...{ type: 'step_end', step_id: 'stage', duration_us: 4_000_000 },
      data: { output: 'a text' },
    });
    assert.deepEqual(await stageOfRun('run'), expected);
  });

  it('is the newest, also where it goes back, and not what is sent once more', async () => {
    const lines = [
      stageStart('run'),
      progress({ progress: 0.8, message: 'nearly', phase: 'detailed' }, 10),
      progress({ progress: 0.3, message: 'once again', phase: 'summary' }, 20),
    ];
    await api.send(runStart('run'), ...lines);
    await api.send(...lines.slice(0, 2));
    assert.deepEqual(await stageOfRun('run'), {
      ...{ progress: 0.3, message: 'once again' },
      phases: [
        { name: 'detailed', start_ms: 0.01 },
        { name: 'summary', start_ms: 0.02 },
      ],
    });
  });

  it('takes a phase that is said again for the same one, and comes back to one', async () => {
    const names = ['detailed', 'detailed', 'summary', 'summary', 'detailed'];
    await api.send(
      runStart('run'),
      stageStart('run'),
      ...names.map((phase, at) => progress({ phase }, at * 1_000)),
    );
    assert.equal(said().length, 3);
    assert.deepEqual((await stageOfRun('run'))?.phases, [
      { name: 'detailed', start_ms: 0 },
      { name: 'summary', start_ms: 2 },
      { name: 'detailed', start_ms: 4 },
    ]);
  });

  it('may come before the start of its stage, and after its end', async () => {
    await api.send(runStart('run'), progress({ progress: 0.2, phase: 'early' }, 5_000));
    await api.send(stageStart('run', { data: { input: 'kept' } }));
    await api.send({ type: 'step_end', step_id: 'stage', duration_us: 1_000_000 });
    await api.send(progress({ progress: 1, phase: 'late' }, 9_000_000));
    assert.deepEqual(await stageOfRun('run'), {
      ...{ progress: 1, message: null },
      // Never behind the end of the stage.
      phases: [
        { name: 'early', start_ms: 5 },
        { name: 'late', start_ms: 1_000 },
      ],
    });
  });

  it('names the field that is wrong, and takes the other lines', async () => {
    const wrong = [
      [{ progress: 1.01 }, 'progress'],
      [{ progress: -0.1 }, 'progress'],
      // What JSON makes of a number that is none.
      [{ progress: NaN, message: 'kept?' }, 'progress'],
      [{ progress: '50 %' }, 'progress'],
      [{ phase: '' }, 'phase'],
      [{ phase: 'x'.repeat(201) }, 'phase'],
      [{ message: 'x'.repeat(1_001) }, 'message'],
    ] as const;
    const lines = wrong.map(([fields]) => progress(fields));
    const { body } = await api.send<Accepted & Problem>(...lines, progress({ message: 'right' }));
    assert.equal(body.accepted, 1);
    assert.deepEqual(
      body.rejected.map(({ message }) => message.split(':')[0]),
      wrong.map(([, field]) => field),
    );
  });

  it('is kept in the data of a step of another type, and refused by a call', async () => {
    await api.send(
      runStart('run'),
      stageStart('run', { step_type: 'tool_call' }),
      progress({ progress: 0.5, message: 'half of it' }, 1_000),
      { type: 'llm_call_start', llm_call_id: 'call', run_id: 'run' },
      { ...progress({ progress: 0.5 }), step_id: 'call' },
    );
    const { body } = await api.ask<Timeline>('/v1/runs/run/timeline');
    assert.deepEqual(
      body.events.map(({ type, summary, stage }) => [type, summary, stage]),
      [
        ['tool_call', 'half of it', null],
        ['llm_call', '', null],
      ],
    );
  });

  it('has no secret in it', async () => {
    await api.send(
      stageStart('run'),
      progress({ phase: 'with secret-123456', message: 'and secret-654321' }),
    );
    assert.deepEqual(
      said().map((event) => event.type === 'step-progressed' && [event.phase, event.message]),
      [['with [redacted]', 'and [redacted]']],
    );
  });

  it('costs the log little, however often it is said', async () => {
    const count = 20_000;
    const lines = Array.from({ length: count }, (_, at) =>
      progress({ progress: at / count, message: `${at} of ${count}` }, at),
    );
    await api.send(runStart('run'), stageStart('run'), ...lines);
    // One a turn of the loop, of 4 ms.
    assert.ok(said().length < count / 4, `${said().length} events`);
    assert.deepEqual(await stageOfRun('run'), {
      ...{ progress: (count - 1) / count, message: `${count - 1} of ${count}`, phases: [] },
    });
  });
});
