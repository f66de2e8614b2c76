import assert from 'node:assert/strict';
import { milliseconds } from '../../../../src/model/units.js';
import { HeardRuns } from '../../../../src/capture/api/ingest/heardRuns.js';
import { eventSchema } from '../../../../src/capture/api/ingest/eventSchemas.js';
import { RunningApi, buildBundles, callEnd, callStart, runStart, tokensOf } from './runningApi.js';

describe('runs that are heard of', () => {
  let nowMs: number;
  let heard: HeardRuns;
  beforeEach(() => {
    nowMs = 0;
    heard = new HeardRuns(() => nowMs);
  });
  const note = (...sent: object[]): void => {
    for (const event of sent) heard.note(eventSchema.parse(event));
  };
  const silentAt = (atMs: number): string[] => {
    nowMs = atMs;
    return heard.silent(milliseconds(100));
  };
  const step = (type: string) => ({ type, step_id: 'step', run_id: 'run', step_type: 'tool_call' });

  it('leave their open calls behind when nothing comes any more, told once', () => {
    note(callStart('open', 'run'), callStart('over', 'run'), callEnd('over'));
    assert.deepEqual(silentAt(99), []);
    assert.deepEqual(silentAt(100), ['open']);
    assert.deepEqual(silentAt(1_000), []);
  });

  it('are those of whatever comes of them: a call may wait while its agent does something else', () => {
    note(callStart('waiting', 'run'), callStart('of another', 'other run'), step('step_start'));
    nowMs = 90;
    note({ type: 'step_end', step_id: 'step' });
    assert.deepEqual(silentAt(150), ['of another']);
    note(callStart('beside', 'run'));
    assert.deepEqual(silentAt(240), []);
    assert.deepEqual(silentAt(250), ['waiting', 'beside']);
  });

  it('may come back', () => {
    note(callStart('call', 'run'));
    assert.deepEqual(silentAt(100), ['call']);
    note(tokensOf('call', 0, ['a']));
    assert.deepEqual(silentAt(199), []);
    assert.deepEqual(silentAt(200), ['call']);
  });
});

describe('a call whose agent is not heard of any more', () => {
  let api: RunningApi;
  beforeEach(async function () {
    this.timeout(30_000);
    api = await RunningApi.start(await buildBundles(), { longestSilenceMs: milliseconds(80) });
  });
  afterEach(() => api.stop());

  interface SentCall {
    readonly status: string;
    readonly error_message: string | null;
    readonly total_duration_ms: number | null;
    readonly token_count: number | null;
  }
  const call = async (isWanted: (call: SentCall) => boolean): Promise<SentCall> => {
    for (;;) {
      const { body } = await api.ask<{ llm_calls: SentCall[] }>('/v1/runs/run/streaming-stats');
      const [first] = body.llm_calls;
      if (first && isWanted(first)) return first;
    }
  };

  it('is shown as interrupted, until its end comes after all', async () => {
    await api.send(runStart('run'), callStart('call', 'run'), tokensOf('call', 0, ['a', 'b']));
    const silent = await call(({ status }) => status !== 'streaming');
    assert.equal(silent.status, 'interrupted');
    assert.equal(
      silent.error_message,
      'Nothing was heard of its agent for 0.08 s: it was killed, or hangs.',
    );
    assert.equal(silent.total_duration_ms, 160);
    await api.send(tokensOf('call', 2, ['c']), callEnd('call'));
    const ended = await call(({ status }) => status === 'completed');
    assert.equal(ended.token_count, 3);
    assert.equal(ended.total_duration_ms, 2_000);
  });

  it('keeps why it was given up when the capture ends', async () => {
    await api.send(runStart('run'), callStart('call', 'run'), tokensOf('call', 0, ['a']));
    await call(({ status }) => status === 'interrupted');
    api.api.endCalls();
    const after = await call(() => true);
    assert.match(after.error_message ?? '', /^Nothing was heard of its agent/);
  });
});
