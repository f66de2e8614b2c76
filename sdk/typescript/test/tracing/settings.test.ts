import assert from 'node:assert/strict';
import type { TraceOptions } from '../../src/api.js';
import { checkedOptions, settingsOf } from '../../src/settings.js';
import { RecordingOutbox, recorded } from './harness/recordingOutbox.js';
import { warningsLike } from './harness/warnings.js';
import { Destinations } from '../../src/destinations.js';
import { createTrace } from '../../src/trace.js';
import type { TraceSettings } from '../../src/settings.js';

const all = {
  LLM_STREAM_ENDPOINT: 'http://127.0.0.1:4319/',
  LLM_STREAM_TOKEN: 'secret',
  LLM_STREAM_ENABLED: 'Yes',
  LLM_STREAM_STORE_TOKENS: 'false',
  LLM_STREAM_STORE_RESPONSES: '0',
  LLM_STREAM_TOKEN_SAMPLE_RATE: '0.25',
  LLM_STREAM_RUN: 'my agent',
  LLM_STREAM_WHEN_AWAY: 'spool',
  LLM_STREAM_SPOOL_FOLDER: '/tmp/somewhere',
  LLM_STREAM_SPOOL_MB: '512',
  LLM_STREAM_BUFFER_MB: '64',
  LLM_STREAM_EXIT_TIMEOUT_SECONDS: '0.5',
  LLM_STREAM_HANDLE_SIGNALS: 'off',
};

describe('the settings', () => {
  it('are those of the environment', () => {
    assert.deepEqual(settingsOf({}, all), {
      endpoint: 'http://127.0.0.1:4319',
      token: 'secret',
      enabled: true,
      storeTokens: false,
      storeResponses: false,
      tokenSampleRate: 0.25,
      defaultRunName: 'my agent',
      whenAway: 'spool',
      spoolFolder: '/tmp/somewhere',
      spoolMegabytes: 512,
      bufferMegabytes: 64,
      exitTimeoutSeconds: 0.5,
      handleSignals: false,
    });
  });

  it('are the defaults where the environment says nothing, and name the program', () => {
    const { spoolFolder, defaultRunName, ...others } = settingsOf({}, { LLM_STREAM_TOKEN: '' });
    assert.ok(spoolFolder.length > 0 && defaultRunName.length > 0);
    assert.deepEqual(others, {
      ...{ endpoint: null, token: null, enabled: true, storeTokens: true, storeResponses: true },
      ...{ tokenSampleRate: 1, whenAway: 'drop', bufferMegabytes: 32, exitTimeoutSeconds: 2 },
      ...{ spoolMegabytes: 1_024, handleSignals: true },
    });
  });

  it('are the options of configure before those of the environment', () => {
    const settings = settingsOf({ storeTokens: true, tokenSampleRate: 1 }, all);
    assert.deepEqual([settings.storeTokens, settings.tokenSampleRate], [true, 1]);
    assert.equal(settings.whenAway, 'spool');
  });

  for (const [variable, value, expected] of [
    ['LLM_STREAM_TOKEN_SAMPLE_RATE', '2', 'a number from 0 to 1, and is "2"'],
    ['LLM_STREAM_STORE_TOKENS', 'maybe', 'true or false, and is "maybe"'],
    ['LLM_STREAM_WHEN_AWAY', 'wait', '"drop" or "spool", and is "wait"'],
    ['LLM_STREAM_SPOOL_MB', '0', 'a number from 1 to 1048576, and is "0"'],
    ['LLM_STREAM_BUFFER_MB', 'much', 'a number from 1 to 4096, and is "much"'],
    ['LLM_STREAM_ENDPOINT', 'ftp://user:word@host', 'the URL of a capture'],
  ] as const) {
    it(`warn once of a wrong ${variable} and use the default`, async () => {
      const settings = settingsOf({}, { [variable]: value });
      assert.deepEqual(settings, settingsOf({}, {}));
      settingsOf({}, { [variable]: value });
      const heard = await warningsLike(new RegExp(`^${variable} must be`));
      assert.equal(heard.length, 1);
      assert.ok(heard[0]?.includes(expected), heard[0]);
      assert.doesNotMatch(heard[0] ?? '', /user:word/);
    });
  }
});

describe('trace.configure', () => {
  for (const [options, named] of [
    [
      { tokenSampleRate: 1.5 },
      /tokenSampleRate \(LLM_STREAM_TOKEN_SAMPLE_RATE\).*from 0 to 1.*1\.5/,
    ],
    [{ tokenSampleRate: NaN }, /tokenSampleRate/],
    [{ storeTokens: 'no' }, /storeTokens \(LLM_STREAM_STORE_TOKENS\)/],
    [{ endpoint: 'localhost:4319' }, /endpoint \(LLM_STREAM_ENDPOINT\)/],
    [{ endpoint: 'http://host/?token=1' }, /endpoint/],
    [{ whenAway: 'wait' }, /whenAway \(LLM_STREAM_WHEN_AWAY\)/],
    [{ bufferMegabytes: 0 }, /bufferMegabytes \(LLM_STREAM_BUFFER_MB\)/],
    [{ defaultRunName: {} }, /defaultRunName \(LLM_STREAM_RUN\)/],
    [{ sampleRate: 1 }, /"sampleRate" is no option/],
    [null, /object of options/],
  ] as const) {
    it(`refuses ${JSON.stringify(options)} and changes nothing`, () => {
      const { trace, outbox } = recorded();
      const wrong = { storeResponses: false, ...options } as unknown as TraceOptions;
      assert.throws(
        () => trace.configure(options === null ? (null as unknown as TraceOptions) : wrong),
        (error) => error instanceof TypeError && named.test(error.message),
      );
      trace.llm({ response: 'kept' });
      assert.equal(outbox.only('llm_call_end').response, 'kept');
    });
  }

  it('never shows a token in what it throws', () => {
    assert.throws(
      () => checkedOptions({ token: ['very secret'] }),
      (error) => error instanceof TypeError && !error.message.includes('secret'),
    );
  });

  it('makes a new destination only when something changes, and leaves open runs at theirs', () => {
    const made: { readonly settings: TraceSettings; readonly outbox: RecordingOutbox }[] = [];
    const trace = createTrace(
      new Destinations((settings) => {
        const outbox = new RecordingOutbox();
        made.push({ settings, outbox });
        return outbox;
      }),
    );
    trace.configure({ defaultRunName: 'first' });
    assert.equal(made.length, 0, 'nothing is made before it is used');
    trace.event('outside');
    const run = trace.startRun('open');
    trace.configure({ defaultRunName: 'first' });
    trace.event('outside');
    assert.equal(made.length, 1);
    trace.configure({ tokenSampleRate: 0.5 });
    trace.event('outside');
    trace.startStep('stage', 'in the open run', { parent: run }).end();
    assert.equal(made.length, 2);
    const [first, second] = made;
    assert.equal(second?.settings.defaultRunName, 'first');
    assert.equal(first?.outbox.only('run_end').status, 'completed', 'of the run of the process');
    assert.equal(first?.outbox.only('step_start').run_id, run.id);
    assert.equal(second?.outbox.only('event').name, 'outside');
  });
});

describe('without an endpoint', () => {
  const nothing = new RecordingOutbox(false);
  const trace = createTrace(new Destinations(() => nothing));

  it('nothing is recorded, and all work is done', async () => {
    assert.equal(trace.isRecording, false);
    assert.equal(
      trace.run('run', () => trace.stage('stage', () => trace.tool('tool', 1, () => 5))),
      5,
    );
    const stream = trace.startLlmStream({ model: 'm' });
    stream.addToken('a');
    trace.addLlmToken('b');
    stream.error(new Error('any'));
    stream.end();
    const chunks: string[] = [];
    for await (const chunk of trace.traceStream(() => Promise.resolve(['a', 'b'])))
      chunks.push(chunk);
    assert.deepEqual(chunks, ['a', 'b']);
    const run = trace.startRun('run');
    assert.equal(
      trace.within(run, () => 6),
      6,
    );
    run.end();
    trace.llm({});
    trace.event('any');
    trace.error(new Error('any'));
    assert.deepEqual(nothing.events, []);
    assert.equal(nothing.streams.size + nothing.runs.size, 0);
  });
});
