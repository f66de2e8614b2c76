import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { recorded } from './harness/recordingOutbox.js';

describe('runs and steps', () => {
  it('nest by what is open around them, across awaits, timers and streams', async () => {
    const { trace, outbox } = recorded();
    await trace.run('run', async () => {
      await trace.stage('stage', async () => {
        await pause(1);
        await trace.tool('tool', {}, async () => {
          const timer = new Promise<void>((resolve) => {
            setTimeout(() => {
              trace.event('in a timer');
              resolve();
            }, 1);
          });
          const readable = Readable.from(['chunk']);
          readable.on('data', () => trace.event('in a stream'));
          await Promise.all([timer, once(readable, 'end')]);
        });
        trace.event('after the tool');
      });
      trace.event('after the stage');
    });
    const run = outbox.named('run').id;
    assert.equal(outbox.named('stage').parent, undefined);
    assert.equal(outbox.named('tool').parent, outbox.named('stage').id);
    assert.equal(outbox.named('in a timer').parent, outbox.named('tool').id);
    assert.equal(outbox.named('in a stream').parent, outbox.named('tool').id);
    assert.equal(outbox.named('after the tool').parent, outbox.named('stage').id);
    assert.equal(outbox.named('after the stage').parent, undefined);
    assert.equal(outbox.named('after the stage').run, run);
    assert.equal(outbox.only('run_end').status, 'completed');
  });

  it('of concurrent runs stay apart', async () => {
    const { trace, outbox } = recorded();
    const work = async (name: string) => {
      for (let turn = 0; turn < 5; turn++) {
        await pause(1);
        await trace.stage(`${name} ${turn}`, async () => {
          const stream = trace.startLlmStream({ name: `call ${name} ${turn}` });
          await pause(1);
          trace.addLlmToken(name);
          stream.end();
        });
      }
    };
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(names.map((name) => trace.run(name, () => work(name))));
    for (const name of names) {
      const run = outbox.named(name).id;
      for (let turn = 0; turn < 5; turn++) {
        assert.equal(outbox.named(`${name} ${turn}`).run, run);
        const call = outbox.named(`call ${name} ${turn}`);
        assert.equal(call.parent, outbox.named(`${name} ${turn}`).id);
        assert.deepEqual(outbox.texts(call.id), [name]);
      }
    }
  });

  it('within a run are no runs of their own but steps of type agent', () => {
    const { trace, outbox } = recorded();
    trace.run('outer', () => {
      trace.run('inner', { agentType: 'writer', metadata: { try: 1 } }, (run) => {
        trace.event('inside');
        assert.equal(run.id, outbox.named('inner').id);
      });
    });
    assert.equal(outbox.of('run_start').length, 1);
    const step = outbox.only('step_start');
    assert.equal(step.step_type, 'agent');
    assert.equal(step.run_id, outbox.named('outer').id);
    assert.deepEqual(step.data, { agent_type: 'writer', metadata: { try: 1 } });
    assert.equal(outbox.named('inside').parent, step.step_id);
  });

  it('started by hand are parents of what names them', async () => {
    const { trace, outbox } = recorded();
    const run = trace.startRun('by hand', { sessionId: 's', userId: 'u', agentType: 'x' });
    const stage = trace.startStep('stage', 'step', { parent: run, input: 1 });
    const stream = trace.startLlmStream({ name: 'call', parent: stage });
    trace.startStep('tool_call', 'tool', { parent: stream }).end();
    await trace.within(stage, async () => {
      await pause(1);
      trace.event('within');
    });
    trace.event('outside');
    stream.end();
    stage.end({ output: 2 });
    run.end();
    assert.equal(outbox.named('step').run, run.id);
    assert.equal(outbox.named('call').parent, stage.id);
    assert.equal(outbox.named('tool').parent, stream.id);
    assert.equal(outbox.named('within').parent, stage.id);
    assert.notEqual(outbox.named('outside').run, run.id);
    const [start] = outbox.of('run_start');
    assert.deepEqual([start?.session_id, start?.user_id, start?.agent_type], ['s', 'u', 'x']);
    assert.deepEqual(outbox.of('step_end').at(-1)?.data, { input: 1, output: 2 });
  });

  it('end once, and add nothing afterwards', () => {
    const { trace, outbox } = recorded();
    const run = trace.startRun('run');
    const step = trace.startStep('stage', 'stage', { parent: run });
    step.end({ status: 'skipped' });
    step.end();
    step.error(new Error('late'));
    run.end();
    run.error(new Error('late'));
    run.end('failed');
    assert.equal(outbox.only('step_end').status, 'skipped');
    assert.equal(outbox.only('run_end').status, 'completed');
    assert.deepEqual(outbox.of('event'), []);
  });

  it('have times of one axis, whatever the clock of the system does', () => {
    const { trace, outbox } = recorded();
    const original = Date.now;
    try {
      trace.run('run', () => {
        Date.now = () => 0;
        trace.stage('stage', () => undefined);
      });
    } finally {
      Date.now = original;
    }
    const startUs = outbox.only('run_start').timestamp_us;
    const stageUs = outbox.only('step_start').timestamp_us;
    assert.ok(Math.abs(startUs / 1_000 - Date.now()) < 60_000);
    assert.ok(stageUs >= startUs && stageUs - startUs < 10_000_000);
    assert.ok(outbox.only('run_end').timestamp_us >= stageUs);
  });

  it('end with the block that uses them', async () => {
    const { trace, outbox } = recorded();
    {
      using run = trace.startRun('run');
      using stage = trace.startStep('stage', 'stage', { parent: run });
      await using stream = trace.startLlmStream({ parent: stage });
      stream.addToken('Hi');
    }
    const types = outbox.events.map(({ type }) => type);
    assert.deepEqual(types.slice(-4), ['llm_tokens', 'llm_call_end', 'step_end', 'run_end']);
    assert.equal(outbox.streams.size + outbox.runs.size, 0);
  });
});

describe('the work in a run or step', () => {
  it('gets its values and exceptions through unchanged, at once or later', async () => {
    const { trace } = recorded();
    const value = { any: 'thing' };
    const failure = new Error('it failed');
    assert.equal(
      trace.run('run', () => value),
      value,
    );
    assert.equal(
      trace.tool('tool', 1, () => value),
      value,
    );
    assert.equal(await trace.stage('stage', () => Promise.resolve(value)), value);
    assert.throws(
      () =>
        trace.agent('agent', {}, () => {
          throw failure;
        }),
      (error) => error === failure,
    );
    await assert.rejects(
      trace.tool('tool', 1, () => Promise.reject(failure)),
      (error) => error === failure,
    );
    await assert.rejects(
      trace.run('run', async () => {
        await pause(1);
        return Promise.reject(failure);
      }),
      (error) => error === failure,
    );
  });

  it('is started once where its result only acts when it is awaited', async () => {
    const { trace, outbox } = recorded();
    let queries = 0;
    const query: PromiseLike<string> = {
      then: (resolve, reject) => {
        queries++;
        return Promise.resolve('rows').then(resolve, reject);
      },
    };
    assert.equal(await trace.tool('query', {}, () => query), 'rows');
    assert.equal(queries, 1);
    assert.deepEqual(outbox.only('step_end').data, { input: {}, output: 'rows' });
  });

  it('that fails is shown once, where it failed, and fails what is around it', async () => {
    const { trace, outbox } = recorded();
    const failure = new TypeError('no such city');
    const run = trace.run('run', () =>
      trace.stage('stage', () =>
        trace.tool('weather', { city: 'X' }, () => Promise.reject(failure)),
      ),
    );
    await assert.rejects(run);
    const ends = outbox.of('step_end');
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['failed', 'failed'],
    );
    const { error, input } = ends[0]?.data as {
      error: { message: string; name: string };
      input: unknown;
    };
    assert.deepEqual(
      [error.name, error.message, input],
      ['TypeError', 'no such city', { city: 'X' }],
    );
    assert.equal(outbox.only('run_end').status, 'failed');
    assert.deepEqual(outbox.of('event'), [], 'the run repeats no error that a step shows');
  });

  it('that fails in the run itself is shown as an error of the run', () => {
    const { trace, outbox } = recorded();
    assert.throws(() =>
      trace.run('run', () => {
        throw new RangeError('too far');
      }),
    );
    const event = outbox.only('event');
    assert.deepEqual(
      [event.step_type, event.name, event.status],
      ['error', 'RangeError', 'failed'],
    );
    assert.equal(outbox.only('run_end').status, 'failed');
  });

  it('of a tool is shown with what it returned, as it was then', async () => {
    const { trace, outbox } = recorded();
    const input = { queries: ['a'] };
    const output = await trace.tool('search', input, () => {
      input.queries.push('b');
      return Promise.resolve({ hits: [1] });
    });
    output.hits.push(2);
    assert.deepEqual(outbox.only('step_end').data, {
      input: { queries: ['a'] },
      output: { hits: [1] },
    });
  });
});

describe('what happens outside of any run', () => {
  it('belongs to one run of the process, which ends with it', () => {
    const { trace, outbox } = recorded();
    assert.deepEqual(outbox.events, [], 'nothing begins before it is used');
    trace.event('one');
    trace.tool('two', {}, () => undefined);
    assert.equal(outbox.only('run_start').name, 'the program');
    assert.equal(outbox.named('two').run, outbox.named('one').run);
    outbox.finish();
    assert.equal(outbox.only('run_end').status, 'completed');
  });

  it('is failed after an uncaught exception', () => {
    const { trace, outbox } = recorded();
    trace.event('one');
    // Not as a process does it: this one goes on.
    for (const listen of process.listeners('uncaughtExceptionMonitor')) {
      listen(new Error('nobody caught it'), 'uncaughtException');
    }
    outbox.finish();
    assert.equal(outbox.only('run_end').status, 'failed');
    assert.equal(outbox.of('event').at(-1)?.step_type, 'error');
  });

  it('leaves runs that are open failed, and streams interrupted', () => {
    const { trace, outbox } = recorded();
    const run = trace.startRun('left open');
    trace.startLlmStream({ parent: run }).addToken('part');
    outbox.finish();
    assert.deepEqual(outbox.texts(), ['part']);
    assert.equal(outbox.only('llm_call_end').status, 'interrupted');
    assert.equal(outbox.only('llm_call_end').error?.code, 'INTERRUPTED');
    assert.equal(outbox.only('run_end').status, 'failed');
  });
});

describe('what an agent tells', () => {
  it('is shown with its type, its name and what it is about', () => {
    const { trace, outbox } = recorded();
    trace.memoryRead('key', 'value', { store: 'redis' });
    trace.memoryWrite('key', { any: 1 });
    trace.finalAnswer('42');
    trace.agentSpawn('writer', { model: 'm' });
    trace.agentJoin('writer');
    trace.agentLeave('writer');
    trace.agentCommunication('planner', 'writer', 'write');
    trace.agentHandoff('planner', 'writer', 'done');
    trace.taskAssignment('text', 'writer');
    trace.taskCompletion('text');
    trace.event('any', { thing: true });
    trace.error(new Error('bad'), { where: 'there' });
    const told = outbox.of('event').map(({ step_type, name, data }) => [step_type, name, data]);
    assert.deepEqual(told.slice(0, -1), [
      ['memory_read', 'key', { store: 'redis', input: { key: 'key' }, output: 'value' }],
      ['memory_write', 'key', { input: { key: 'key', value: { any: 1 } } }],
      ['final_answer', 'final answer', { output: '42' }],
      ['agent_spawn', 'writer', { model: 'm' }],
      ['agent_join', 'writer', undefined],
      ['agent_leave', 'writer', undefined],
      [
        'agent_communication',
        'message to writer',
        { from: 'planner', to: 'writer', message: 'write' },
      ],
      ['agent_handoff', 'hand-off to writer', { from: 'planner', to: 'writer', reason: 'done' }],
      ['task_assignment', 'text', { to: 'writer' }],
      ['task_completion', 'text', undefined],
      ['custom', 'any', { thing: true }],
    ]);
    const error = outbox.of('event').at(-1);
    assert.equal((error?.data as { error: { message: string } }).error.message, 'bad');
  });

  it('of a call that was not streamed is the whole of it', () => {
    const { trace, outbox } = recorded();
    trace.llm({
      ...{ model: 'm', provider: 'p', prompt: 'Hi?', parameters: { temperature: 0 } },
      ...{ response: 'Hi!', durationMs: 1_500, promptTokens: 3, completionTokens: 2 },
      ...{ finishReason: 'stop', httpStatus: 200 },
    });
    trace.llm({ model: 'm', error: Object.assign(new Error('slow down'), { status: 429 }) });
    const [start] = outbox.of('llm_call_start');
    const [end, failed] = outbox.of('llm_call_end');
    assert.equal(start?.streaming, false);
    assert.deepEqual(start?.request, { temperature: 0, prompt: 'Hi?' });
    assert.deepEqual(
      [end?.duration_us, end?.usage, end?.response, end?.finish_reason, end?.http_status],
      [1_500_000, { prompt_tokens: 3, completion_tokens: 2 }, 'Hi!', 'stop', 200],
    );
    assert.deepEqual(failed?.error, { code: 'RATE_LIMIT', message: 'slow down' });
    assert.equal(failed?.status, 'failed');
  });
});
