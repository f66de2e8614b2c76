/** Whatever way an agent's process ends: all is sent, what is open is ended, and the end is as it would be without. */
import assert from 'node:assert/strict';
import { Child, type Ended } from './harness/child.js';
import { FakeCapture, type FakeCaptureOptions, freePort } from './harness/fakeCapture.js';

describe('end of a process', () => {
  let capture: FakeCapture;
  afterEach(() => capture.stop());

  const childOf = (how: string, environment: NodeJS.ProcessEnv = {}): Child =>
    new Child('ending.ts', [how], { LLM_STREAM_ENDPOINT: capture.url, ...environment });

  async function endOf(how: string, options: FakeCaptureOptions = {}): Promise<Ended> {
    capture = await FakeCapture.start(options);
    return childOf(how).ended;
  }

  /** Tokens of the calls, by their models, and how calls and runs ended. */
  function recorded() {
    const calls = capture.eventsOf('llm_call_start').map(({ llm_call_id: id, model = '' }) => {
      const end = capture.eventsOf('llm_call_end').find(({ llm_call_id }) => llm_call_id === id);
      return [model, { tokens: capture.textsOf(id).length, status: end?.status }];
    });
    return {
      ...(Object.fromEntries(calls) as object),
      runs: [...new Set(capture.eventsOf('run_end').map(({ status }) => status))],
    };
  }

  const complete = { done: { tokens: 2_500, status: 'completed' } };
  const interrupted = {
    ...complete,
    open: { tokens: 10, status: 'interrupted' },
    runs: ['failed'],
  };

  it('that is normal', async () => {
    const { code, errors } = await endOf('normal');
    assert.deepEqual(recorded(), { ...complete, runs: ['completed'] });
    assert.deepEqual([code, errors], [0, '']);
  });

  it('with a call and a run that are open', async () => {
    const { code, errors } = await endOf('left open');
    assert.deepEqual(recorded(), interrupted);
    assert.deepEqual([code, errors], [0, '']);
  });

  for (const how of ['throw', 'reject']) {
    it(`by an exception that nobody caught (${how})`, async () => {
      const { code, errors } = await endOf(how);
      assert.deepEqual(recorded(), interrupted);
      assert.equal(code, 1);
      assert.match(errors, /Error: of the agent/);
    });
  }

  it('is none when the agent handles the exception', async () => {
    const { code, output } = await endOf('after a handled exception');
    assert.deepEqual([code, output], [0, 'handled\n']);
    assert.deepEqual(recorded(), { ...complete, runs: ['completed'] });
  });

  it('by process.exit', async () => {
    const { code, errors } = await endOf('exit');
    assert.deepEqual(recorded(), interrupted);
    assert.deepEqual([code, errors], [7, '']);
  });

  for (const how of ['worker', 'worker that exits']) {
    it(`of a ${how}`, async () => {
      const { code, errors } = await endOf(how);
      assert.deepEqual(recorded(), interrupted);
      assert.deepEqual([code, errors], [0, '']);
    });
  }

  it('by an endpoint that is not there: in time, with a sentence', async () => {
    capture = await FakeCapture.start();
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const child = childOf('exit', { LLM_STREAM_ENDPOINT: endpoint });
    const { code, errors } = await child.ended;
    assert.equal(code, 7);
    assert.match(errors, /ended before everything was with the capture at .*the rest is lost/);
  });

  const limit = { LLM_STREAM_EXIT_TIMEOUT_SECONDS: '0.5' };
  for (const [how, expected] of Object.entries({ normal: 0, throw: 1, exit: 7 })) {
    it(`waits no longer than it may for a capture that hangs (${how})`, async () => {
      capture = await FakeCapture.start({ fateOf: () => 'hang' });
      const { code, errors, milliseconds } = await childOf(how, limit).ended;
      assert.equal(code, expected);
      assert.match(errors, /ended before everything was with the capture/);
      const without = await childOf(how, { LLM_STREAM_ENDPOINT: '' }).ended;
      assert.ok(milliseconds - without.milliseconds < 3_000, `${milliseconds} ms`);
    });
  }

  it('says nothing and waits for nothing without an endpoint', async () => {
    capture = await FakeCapture.start();
    const { code, errors } = await childOf('left open', { LLM_STREAM_ENDPOINT: '' }).ended;
    assert.deepEqual([code, errors, capture.bodies.length], [0, '', 0]);
  });

  if (process.platform === 'win32') return;

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`by ${signal}`, async () => {
      capture = await FakeCapture.start();
      const child = childOf('signal');
      await child.said('ready');
      child.process.kill(signal);
      const ended = await child.ended;
      assert.deepEqual([ended.code, ended.signal, ended.errors], [null, signal, '']);
      assert.deepEqual(recorded(), interrupted);
    });
  }

  it('by SIGTERM in time, also when the capture hangs', async () => {
    capture = await FakeCapture.start({ fateOf: () => 'hang' });
    const child = childOf('signal', limit);
    await child.said('ready');
    const start = performance.now();
    child.process.kill('SIGTERM');
    const { signal, errors } = await child.ended;
    assert.equal(signal, 'SIGTERM');
    assert.match(errors, /ended before everything was with the capture/);
    assert.ok(performance.now() - start < 3_000);
  });

  it('by a second signal at once', async () => {
    capture = await FakeCapture.start({ fateOf: () => 'hang' });
    const child = childOf('signal', { LLM_STREAM_EXIT_TIMEOUT_SECONDS: '60' });
    await child.said('ready');
    const again = setInterval(() => child.process.kill('SIGINT'), 100);
    assert.equal((await child.ended).signal, 'SIGINT');
    clearInterval(again);
  });

  for (const how of ['own handler', 'own handler for once']) {
    it(`is left to an agent that handles signals itself (${how})`, async () => {
      capture = await FakeCapture.start();
      const child = childOf(how);
      await child.said('ready');
      child.process.kill('SIGTERM');
      const { code, output } = await child.ended;
      assert.deepEqual([code, output], [5, 'ready\nclosing\n']);
      assert.deepEqual(recorded(), interrupted);
    });
  }

  it('comes also where signal-exit listens beside', async () => {
    capture = await FakeCapture.start();
    const child = childOf('signal-exit');
    await child.said('ready');
    child.process.kill('SIGTERM');
    const { signal, output } = await child.ended;
    assert.deepEqual([signal, output], ['SIGTERM', 'ready\ncleaned up\n']);
    assert.deepEqual(recorded(), interrupted);
  });

  it('by a signal is not touched when signals are not to be handled', async () => {
    capture = await FakeCapture.start({ fateOf: () => 'hang' });
    const child = childOf('signal', { LLM_STREAM_HANDLE_SIGNALS: 'false' });
    await child.said('ready');
    const start = performance.now();
    child.process.kill('SIGTERM');
    assert.equal((await child.ended).signal, 'SIGTERM');
    assert.ok(performance.now() - start < 1_500);
  });
});
