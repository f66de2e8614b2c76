/** Files that the real recorder wrote (test/fixtures/agent-inspector/make.py), opened as a user opens them. */
import assert from 'node:assert/strict';
import { openReader } from '../../../src/formats/registry.js';
import { openTrace } from '../../../src/store/openTrace.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { stepTypes } from '../../../src/model/trace.js';
import { tokenText } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';
import {
  callOf,
  fixtureKey,
  fixturePath,
  openFixture,
  sectionsOf,
  stepNamed,
  stepsOf,
} from './opening.js';

const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };

function openPath(name: string, keys: readonly string[] = []): Promise<TraceQueries> {
  return openTrace({
    source: { kind: 'path', path: fixturePath(name) },
    openReader,
    stallRule,
    keys,
  });
}

describe('Files of the real Agent Inspector', function () {
  this.timeout(20_000);

  it('open with their runs, newest first', async () => {
    const trace = await openPath('support.db');
    const { runs, formatLabel } = trace.summary();
    assert.equal(formatLabel, 'Agent Inspector database 1');
    assert.deepEqual(
      runs.map(({ name, status, callCount, errorCount }) => [name, status, callCount, errorCount]),
      [
        ['support ticket 1003', 'failed', 2, 2],
        ['support ticket 1002', 'completed', 2, 0],
        ['support ticket 1001', 'completed', 3, 0],
        ['support ticket 1000', 'completed', 3, 0],
      ],
    );
    assert.equal(runs[3]?.startedAtUs, 1_795_148_584_843_000);
    assert.equal(runs[3]?.endedAtUs, 1_795_148_584_990_000);
    trace.close();
  });

  it('show what a running writer has only in its WAL', async () => {
    const trace = await openPath('support-live.db');
    const { runs } = trace.summary();
    assert.equal(runs.length, 5);
    assert.equal(runs[0]?.name, 'only in the wal');
    assert.equal(runs[0]?.status, 'running');
    assert.ok(runs.some(({ name }) => name === 'support ticket 1003 (edited in the wal)'));
    trace.close();
  });

  it('open with their key, and ask for it', async () => {
    await assert.rejects(openPath('support-encrypted.db'), { code: 'key-needed' });
    const other = Buffer.alloc(32, 1).toString('base64url');
    await assert.rejects(openPath('support-encrypted.db', [other]), { code: 'key-wrong' });
    await assert.rejects(openPath('support-encrypted.db', ['hunter2']), {
      code: 'key-wrong',
      message: /44 characters/,
    });
    const reader = await openFixture('support-encrypted.db', [other, fixtureKey]);
    for (const step of stepsOf(reader, 'support ticket 1000')) {
      assert.match(sectionsOf(reader, step)['Raw'] ?? '', /^{"event_id"/);
    }
    reader.close();
  });

  it('show every type of event with its name, summary and agents', async () => {
    const reader = await openFixture('every-event.db');
    const steps = reader.runs().flatMap(({ key }) => reader.steps(key));
    const ours = ['run_start', 'run_end', 'agent', 'stage'];
    const types = new Set(steps.map(({ type }) => type));
    assert.deepEqual(
      stepTypes.filter((type) => !types.has(type)),
      ours,
      'run_start says nothing that the run does not say',
    );
    const rows = stepsOf(reader, 'every event').map(
      ({ name, summary, between }) =>
        `${name} | ${summary} | ${between ? `${between.from} > ${between.to}` : ''}`,
    );
    assert.deepEqual(rows, [
      'Spawn: Triage | router | ',
      'Join: Triage | Support | ',
      'gpt-4o-mini |  | ',
      'lookup_order |  | ',
      'Write: ticket |  | ',
      'Read: ticket |  | ',
      'Triage → Billing | Parcel 7 is lost. | Triage > Billing',
      'Triage → All | Anyone free? | Triage > All',
      'Handoff: Triage → Billing | refund | Triage > Billing',
      'Task: Refund parcel 7 → Billing | high | triage > Billing',
      'claude-sonnet-4-5 |  | ',
      'gpt-4o |  | ',
      '✓ Task: Refund parcel 7 |  | ',
      '✗ Task: Call the carrier | no answer | ',
      'Guardrail |  | ',
      'Leave: Triage | task_complete | ',
      'Final Answer | Your refund is on its way. | ',
    ]);
    reader.close();
  });

  it('nest events below their parents', async () => {
    const reader = await openFixture('every-event.db');
    const steps = stepsOf(reader, 'every event');
    const spawn = stepNamed(steps, 'Spawn: Triage');
    const call = stepNamed(steps, 'gpt-4o-mini');
    assert.equal(spawn.parentKey, null);
    assert.equal(call.parentKey, spawn.key);
    assert.equal(stepNamed(steps, 'lookup_order').parentKey, call.key);
    assert.equal(stepNamed(steps, 'Read: ticket').parentKey, call.key);
    assert.equal(stepNamed(steps, 'Final Answer').parentKey, null);
    reader.close();
  });

  it('show input, output and error of steps, request and response of calls', async () => {
    const reader = await openFixture('every-event.db');
    const steps = [...stepsOf(reader, 'every event'), ...stepsOf(reader, 'fails')];
    const shown = (name: string) => {
      const { Raw, ...others } = sectionsOf(reader, stepNamed(steps, name));
      assert.match(Raw ?? '', /^{"event_id"/);
      return others;
    };
    assert.deepEqual(Object.keys(shown('lookup_order')), ['Input', 'Output']);
    assert.deepEqual(JSON.parse(shown('lookup_order')['Output'] ?? ''), {
      state: 'lost',
      score: 0.5,
    });
    assert.deepEqual(shown('Triage → Billing'), { Input: 'Parcel 7 is lost.' });
    assert.deepEqual(shown('✗ Task: Call the carrier'), { Output: 'no answer' });
    assert.deepEqual(shown('ToolError'), {
      Error: "ToolError: the carrier's API is down\n\nTraceback …\n  line 1",
    });
    assert.deepEqual(shown('gpt-4o-mini'), {
      Request: 'Where is my parcel?',
      Response: 'I will look it up.',
    });
    reader.close();
  });

  it('tell calls that measured themselves from calls recorded when over', async () => {
    const reader = await openFixture('every-event.db');
    const steps = stepsOf(reader, 'every event');
    const measured = stepNamed(steps, 'claude-sonnet-4-5');
    assert.deepEqual([measured.startUs, measured.durationUs], [935_000, 2_300_000]);
    assert.equal(callOf(measured).recorded.ttftUs, 620_000);
    assert.equal(callOf(measured).recorded.lastTokenUs, 2_250_000);
    assert.equal(callOf(measured).recorded.effectiveTokensPerSecond, 19.5);
    assert.equal(callOf(measured).recorded.durationUs, 2_300_000);
    const byLatency = stepNamed(steps, 'gpt-4o');
    assert.deepEqual([byLatency.startUs, byLatency.durationUs], [2_335_000, 900_000]);
    assert.equal(callOf(byLatency).completionTokens, 20, 'total − prompt');
    const moment = stepNamed(steps, 'gpt-4o-mini');
    assert.deepEqual([moment.startUs, moment.durationUs], [805_000, null]);
    assert.deepEqual(reader.notices(), [
      'Only the end of 1 call is recorded, not the length: shown as a moment.',
    ]);
    reader.close();
  });

  it('say with a run what was found while it was read', async () => {
    const trace = await openPath('support.db');
    const { runs, notices } = trace.summary();
    assert.deepEqual(notices, []);
    const found = runs.map(({ key }) => trace.run(key).notices);
    const all = ['Only the end of 10 calls is recorded, not the length: shown as a moment.'];
    assert.deepEqual(found.at(-1), all);
    assert.deepEqual(trace.run(runs[0]!.key).notices, all, 'also with a run that was read before');
    trace.close();
  });

  it('count as failed what their columns say, an unsuccessful task, too', async () => {
    const reader = await openFixture('every-event.db');
    for (const run of reader.runs()) {
      const failed = reader.steps(run.key).filter((step) => step.failed);
      assert.equal(failed.length, run.errorCount, run.name);
    }
    const task = stepNamed(stepsOf(reader, 'every event'), '✗ Task: Call the carrier');
    assert.equal(task.failed, true);
    reader.close();
  });

  it('show how calls failed and which are open', async () => {
    const reader = await openFixture('every-event.db');
    const failed = stepsOf(reader, 'fails').find(({ type }) => type === 'llm_call');
    const { state, errorCode, errorMessage } = callOf(failed);
    assert.deepEqual([state, errorCode, errorMessage], ['failed', 'RATE_LIMIT', '429: slow down']);
    assert.equal(callOf(stepsOf(reader, 'still running')[0]).state, 'streaming');
    reader.close();
  });

  it('open uncompressed', async () => {
    const reader = await openFixture('uncompressed.db');
    const steps = stepsOf(reader);
    assert.deepEqual(
      steps.map(({ name }) => name),
      ['gpt-4o-mini', 'embed', 'login'],
    );
    assert.match(sectionsOf(reader, stepNamed(steps, 'login'))['Input'] ?? '', /REDACTED/);
    reader.close();
  });
});

describe('Tokens of the streaming extension', function () {
  this.timeout(20_000);

  const offsets = new Map([
    ['epoch, stamped at start', [400, 450, 900]],
    ['relative', [120, 480]],
    ['epoch, stamped at end, with latencies', [300, 650]],
    ['epoch, stamped at end', [0, 350]],
    ['repeated, in disorder, with a gap', [10, 20, 30]],
    ['without times', [0, 0]],
    ['without indexes, some times, a clock that steps back', [10, 25, 25, 60]],
    ['relative to the first token', [0, 40]],
    ['not streamed', []],
  ]);

  it('have their times, as ms since the request', async () => {
    const reader = await openFixture('tokens.db');
    const steps = stepsOf(reader, 'streams');
    for (const [name, expected] of offsets) {
      const { key } = stepNamed(steps, name);
      const tokens = reader.tokens(key);
      // The recorder cuts its clock to whole milliseconds, so a start can be 1 ms early.
      const differences = [...tokens.offsetUs].map((us, at) => us / 1000 - (expected[at] ?? NaN));
      assert.equal(tokens.count, expected.length, name);
      assert.ok(
        differences.every((ms) => Math.abs(ms) <= 1),
        `${name}: ${differences.join()}`,
      );
      assert.equal(callOf(stepNamed(steps, name)).storedTokens, tokens.count, name);
    }
    reader.close();
  });

  it('are in order, without repetition; gaps and NULLs stay visible', async () => {
    const reader = await openFixture('tokens.db');
    const steps = stepsOf(reader, 'streams');
    const textsOf = (name: string) => {
      const columns = reader.tokens(stepNamed(steps, name).key);
      return [...columns.index].map((index, at) => `${index}${tokenText(columns, at)}`);
    };
    assert.deepEqual(textsOf('repeated, in disorder, with a gap'), ['0a', '1b', '3d']);
    assert.deepEqual(textsOf('without indexes, some times, a clock that steps back'), [
      '0a',
      '1b',
      '2c',
      '3',
    ]);
    const incomplete = callOf(stepNamed(steps, 'repeated, in disorder, with a gap'));
    assert.deepEqual([incomplete.storedTokens, incomplete.receivedTokens], [3, 4]);
    assert.deepEqual(reader.notices(), [
      'The file does not say when the request of 2 calls was sent: times count from the first token.',
      '1 call has tokens that were stored twice: each is shown once.',
      'Tokens of 1 call are missing in the file: figures that need every token are left out.',
      'The tokens of 1 call have no times: only their order is known.',
    ]);
    reader.close();
  });

  it('give metrics where times are known, and none where they are not', async () => {
    const trace = await openPath('tokens.db');
    const run = trace.summary().runs.find(({ name }) => name === 'streams')!;
    assert.equal(run.tokenCount, 22);
    const { steps } = trace.run(run.key);
    const metricsOf = (name: string) => steps.find((step) => step.name === name)!.call!.metrics;
    assert.equal(metricsOf('epoch, stamped at start').ttftUs, 400_000);
    assert.equal(metricsOf('epoch, stamped at start').durationUs, 1_000_000);
    assert.equal(metricsOf('epoch, stamped at end').ttftUs, null);
    assert.equal(metricsOf('epoch, stamped at end').icl?.p50, 350_000);
    assert.equal(metricsOf('epoch, stamped at end, with latencies').ttftUs, 300_000);
    assert.equal(metricsOf('without times').icl, null);
    assert.equal(metricsOf('without times').ttftUs, null);
    trace.close();
  });

  it('come of a call that still streams, and are its response', async () => {
    const reader = await openFixture('tokens.db');
    const [step] = stepsOf(reader, 'still streaming');
    assert.deepEqual([callOf(step).state, callOf(step).clockSource], ['streaming', 'sdk']);
    assert.equal(step?.durationUs, null);
    assert.equal(sectionsOf(reader, step)['Response'], 'Once upon');
    reader.close();
  });
});
