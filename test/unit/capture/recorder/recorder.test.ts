import assert from 'node:assert/strict';
import { brotliCompressSync, constants, createGzip, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { TokenKind } from '../../../../src/model/tokens.js';
import {
  RecordedEvents,
  chunk,
  done,
  event,
  eventStream,
  finish,
  json,
  question,
  usage,
} from './recorded.js';

const stream = [chunk('Hé'), chunk('llo'), chunk(' 🦊'), finish, usage, done];

describe('Recorder', () => {
  let recorded: RecordedEvents;
  beforeEach(() => (recorded = new RecordedEvents()));
  afterEach(() => assert.deepEqual(recorded.problems, []));

  it('writes a call when its request comes, and what is known of it as it comes', async () => {
    const exchange = recorded.begin();
    await recorded.settled();
    assert.deepEqual(
      recorded.events.map(({ type }) => type),
      ['run-started', 'call-started'],
    );
    assert.equal(recorded.started.name, '/chat/completions');
    assert.equal(recorded.started.wireFormat, 'openai-chat');
    assert.equal(recorded.started.provider, 'openai');
    exchange.sent().asked(question);
    await recorded.settled();
    assert.equal(recorded.described.model, 'gpt-4o');
    assert.equal(recorded.described.name, 'gpt-4o');
    assert.equal(recorded.described.streaming, true);
    assert.equal(recorded.described.request, JSON.stringify(question));
    assert.equal(recorded.described.atUs, recorded.started.atUs + 1_500);
    assert.equal(recorded.data['connect_ms'], 1.5);
  });

  it('gives each token the time of its read, counted from when the request was sent', async () => {
    recorded
      .begin()
      .sent()
      .asked(question)
      .head()
      .reads(': ping\n\n', ...stream)
      .ended();
    await recorded.settled();
    assert.deepEqual(recorded.tokens(), [
      [3_000, TokenKind.text, 'Hé'],
      [4_000, TokenKind.text, 'llo'],
      [5_000, TokenKind.text, ' 🦊'],
    ]);
    assert.deepEqual(
      recorded.of('tokens').map(({ firstIndex, readIndex }) => [firstIndex, readIndex]),
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
    );
    assert.equal(recorded.described.ttfcUs, 2_000);
    const { ended } = recorded;
    assert.equal(ended.durationUs, 9_000);
    assert.equal(ended.finishReason, 'stop');
    assert.equal(ended.promptTokens, 9);
    assert.equal(ended.completionTokens, 3);
    assert.equal(ended.tokenCountSource, 'usage');
    assert.equal(ended.response, undefined);
    assert.equal(recorded.data['response_model'], 'gpt-4o-2024');
  });

  it('reads a stream that is cut at every byte', async () => {
    const bytes = Buffer.from(stream.join(''));
    for (const size of [1, 2, 3, 7, 50]) {
      const cut = new RecordedEvents();
      const exchange = cut.begin().sent().asked(question).head();
      for (let start = 0; start < bytes.length; start += size) {
        exchange.reads(bytes.subarray(start, start + size));
      }
      exchange.ended();
      await cut.settled();
      while (cut.of('call-ended').length === 0) await cut.settled();
      assert.equal(cut.text(), 'Héllo 🦊');
      assert.equal(cut.ended.state, 'completed');
    }
  });

  it('stores the tokens of one read together, and all that came in a turn at once', async () => {
    recorded.begin().sent().asked(question).head().reads(stream.join('')).ended();
    await recorded.settled();
    assert.equal(recorded.of('tokens').length, 1);
    assert.ok(recorded.batches.length < 6, `${recorded.batches.length} writes for six reports`);
  });

  it('stores an answer that is no stream as it came', async () => {
    const answer = '{ "model": "gpt-4o",\n "choices": [], "usage": {"completion_tokens": 12} }';
    recorded
      .begin()
      .sent()
      .asked({ model: 'gpt-4o' })
      .head(200, json)
      .reads(answer.slice(0, 9), answer.slice(9))
      .ended();
    await recorded.settled();
    assert.equal(recorded.ended.response, answer);
    assert.equal(recorded.ended.completionTokens, 12);
    assert.equal(recorded.described.streaming, false);
    assert.deepEqual(recorded.tokens(), []);
  });

  it('cuts an answer that is too large for a trace, and says so', async () => {
    const exchange = recorded.begin().sent().asked({ model: 'm' }).head(200, json);
    for (let megabyte = 0; megabyte < 18; megabyte++) exchange.reads('x'.repeat(1_048_576));
    exchange.ended();
    while (recorded.of('call-ended').length === 0) await recorded.settled();
    assert.equal(recorded.ended.response?.length, 16 * 1_048_576);
    assert.match(String(recorded.data['notices']), /too large: only its beginning/);
  }).timeout(20_000);

  it('counts by log probabilities where there is no usage', async () => {
    const logprobs = { content: [{ token: 'a', logprob: -0.5 }] };
    const withLogprobs = event({ choices: [{ index: 0, delta: { content: 'a' }, logprobs }] });
    recorded.begin().sent().asked(question).head().reads(withLogprobs, withLogprobs, done).ended();
    await recorded.settled();
    assert.equal(recorded.ended.completionTokens, 2);
    assert.equal(recorded.ended.tokenCountSource, 'logprobs');
    assert.deepEqual(recorded.tokens()[0]?.[3], { logprob: -0.5 });
  });

  it('puts several choices together, which come in turn', async () => {
    const chunks = [chunk('a1', 0), chunk('b1', 1), chunk('a2', 0), chunk('b2', 1), done];
    recorded
      .begin()
      .sent()
      .asked({ ...question, n: 2 })
      .head()
      .reads(...chunks)
      .ended();
    await recorded.settled();
    assert.deepEqual(JSON.parse(recorded.ended.response ?? ''), {
      choices: [
        { index: 0, text: 'a1a2' },
        { index: 1, text: 'b1b2' },
      ],
    });
    assert.deepEqual(recorded.tokens()[1]?.[3], { choice: 1 });
  });

  it('decodes a copy of a compressed stream, each piece with the time of its read', async () => {
    const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
    const reads: Buffer[] = [];
    gzip.on('data', (data: Buffer) => reads.push(data));
    for (const part of stream) {
      gzip.write(part);
      await new Promise<void>((resolve) => gzip.flush(resolve));
    }
    const headers = { ...eventStream, 'content-encoding': 'gzip' };
    recorded
      .begin()
      .sent()
      .asked(question)
      .head(200, headers)
      .reads(...reads)
      .ended();
    while (recorded.of('call-ended').length === 0) await recorded.settled();
    assert.equal(recorded.text(), 'Héllo 🦊');
    assert.equal(recorded.ended.state, 'completed');
    assert.equal(new Set(recorded.tokens().map(([offsetUs]) => offsetUs)).size, 3);
    assert.equal(new Set(recorded.of('tokens').map(({ readIndex }) => readIndex)).size, 3);
  });

  it('says what could not be decoded', async () => {
    const damaged = brotliCompressSync(stream.join('')).fill(7, 4);
    const headers = { ...eventStream, 'content-encoding': 'br' };
    recorded.begin().sent().asked(question).head(200, headers).reads(damaged).ended();
    while (recorded.of('call-ended').length === 0) await recorded.settled();
    assert.equal(recorded.ended.state, 'truncated');
    assert.ok(String(recorded.data['notices']).length > 0);
  });

  it('learns from the response what the path did not tell', async () => {
    recorded
      .begin({ path: '/v9/talk' })
      .sent()
      .asked(question)
      .head()
      .reads(...stream)
      .ended();
    await recorded.settled();
    assert.equal(recorded.started.wireFormat, 'plain');
    assert.equal(recorded.described.wireFormat, 'openai-chat');
    assert.equal(recorded.text(), 'Héllo 🦊');
  });

  it('notes helpful headers and no others', async () => {
    const sent = { 'user-agent': 'agent/1', 'x-custom': 'a', cookie: 'b' };
    const got = { ...json, 'x-request-id': 'req-1', 'set-cookie': 'c', 'x-secret': 'd' };
    recorded.begin({ headers: sent }).sent().asked({}).head(200, got).reads('{}').ended();
    await recorded.settled();
    assert.deepEqual(recorded.data['request_headers'], { 'user-agent': 'agent/1' });
    assert.deepEqual(recorded.data['response_headers'], { ...json, 'x-request-id': 'req-1' });
  });

  it('does not store bodies that are no text', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    recorded.begin({ headers, path: '/audio/transcriptions' }).sent().asked('\u0001\u0002').ended();
    await recorded.settled();
    assert.equal(recorded.described.request, undefined);
    assert.match(String(recorded.data['notices']), /no text and was not kept: 2 bytes/);
  });

  it('takes JSON for JSON, whatever type curl says it has, and a form for a form', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    recorded.begin({ headers }).asked(question);
    await recorded.settled();
    assert.deepEqual(
      [recorded.described.model, recorded.described.request],
      ['gpt-4o', JSON.stringify(question)],
    );
    recorded = new RecordedEvents();
    recorded.begin({ headers }).asked('client_secret=hunter2&user=me%20too');
    await recorded.settled();
    assert.equal(recorded.described.request, 'client_secret=[redacted]&user=me%20too');
  });

  it('stores what was kept of a body that was cut', async () => {
    recorded.begin().sent().asked('{"model": "gpt-4o", "messages": [', true).ended();
    await recorded.settled();
    assert.equal(recorded.described.request, '{"model": "gpt-4o", "messages": [');
    assert.match(String(recorded.data['notices']), /only the first 33 bytes were kept/);
  });

  it('begins a run for each name, with its first call, and ends them all', async () => {
    const names = [null, 'b', null, 'b', 'c'];
    for (const runName of names) recorded.begin({ runName }).asked(question).ended();
    await recorded.recorder.close();
    const runs = recorded.of('run-started');
    assert.deepEqual(
      runs.map(({ name }) => name),
      ['own run', 'b', 'c'],
    );
    const nameOf = new Map(runs.map(({ runId, name }) => [runId, name]));
    assert.deepEqual(
      recorded.of('call-started').map(({ runId }) => nameOf.get(runId)),
      ['own run', 'b', 'own run', 'b', 'c'],
    );
    assert.equal(recorded.of('run-ended').length, 3);
    assert.equal(new Set(recorded.of('call-started').map(({ callId }) => callId)).size, 5);
  });

  it('records what is nested too deeply to be gone through', async () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    const bodies = [
      `data: {"error":{"message":"m","more":${deep}}}\n\n`,
      `data: {"error":{"message":${deep}}}\n\n`,
      `{"message":{"tool_calls":[{"function":{"name":"f","arguments":${deep}}}]}}\n`,
    ];
    for (const path of ['/chat/completions', '/api/chat']) {
      for (const body of bodies) {
        recorded = new RecordedEvents();
        const headers = { 'content-type': '', 'content-encoding': 'gzip' };
        recorded.begin({ path }).asked(deep).head(200, headers).reads(gzipSync(body)).ended();
        await recorded.recorder.close();
        assert.deepEqual(recorded.problems, []);
        assert.match(recorded.ended.state, /^(completed|truncated)$/);
      }
    }
  });

  it('writes everything when it is closed, also what is still being decoded', async () => {
    const headers = { ...eventStream, 'content-encoding': 'br' };
    const exchange = recorded.begin().sent().asked(question).head(200, headers);
    exchange.reads(brotliCompressSync(stream.join(''))).ended({ how: 'stopped' });
    await recorded.recorder.close();
    assert.equal(recorded.text(), 'Héllo 🦊');
    assert.equal(recorded.ended.state, 'completed');
    assert.equal(recorded.events.at(-1)?.type, 'run-ended');
  });

  it('records a hundred calls at once, each by itself', async () => {
    const exchanges = Array.from({ length: 100 }, () =>
      recorded.begin().sent().asked(question).head(),
    );
    for (let turn = 0; turn < 20; turn++) {
      exchanges.forEach((exchange, number) => exchange.reads(chunk(`${number}.${turn} `)));
      await recorded.settled();
    }
    for (const exchange of exchanges) exchange.reads(done).ended();
    await recorded.recorder.close();
    const calls = recorded.of('call-started');
    assert.equal(calls.length, 100);
    calls.forEach(({ callId }, number) => {
      const expected = Array.from({ length: 20 }, (_, turn) => `${number}.${turn} `).join('');
      assert.equal(recorded.text(TokenKind.text, callId), expected);
    });
    assert.ok(recorded.of('call-ended').every(({ state }) => state === 'completed'));
  });

  it('takes whatever comes', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const header = fc.constantFrom(
      'text/event-stream',
      'application/json',
      'text/plain',
      'a/b',
      '',
    );
    const encoding = fc.constantFrom('', 'gzip', 'br', 'zstd', 'nonsense');
    const path = fc.constantFrom('/chat/completions', '/v1/messages', '/api/chat', '/x', '');
    const property = fc.asyncProperty(
      ...([path, header, encoding, bytes, fc.array(bytes), fc.nat(999)] as const),
      async (requestPath, type, coding, body, reads, status) => {
        const garbage = new RecordedEvents();
        const exchange = garbage.begin({ path: requestPath, query: '?%=&&' }).sent();
        exchange.asked(Buffer.from(body).toString('latin1'));
        exchange.head(status, { 'content-type': type, 'content-encoding': coding });
        exchange.reads(...reads).ended();
        await garbage.recorder.close();
        assert.deepEqual(garbage.problems, []);
        assert.equal(garbage.of('call-ended').length, 1);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });
});

describe('Recorder, of what is no call of a model', () => {
  const lookup = { method: 'GET', path: '/models', url: 'https://host/v1/models' };

  it('records a step with its status', async () => {
    const recorded = new RecordedEvents();
    recorded.begin(lookup).sent().head(200, json).reads('{}').ended();
    recorded
      .begin({ ...lookup, method: 'DELETE' })
      .sent()
      .head(404, json)
      .reads('{}')
      .ended();
    await recorded.settled();
    assert.deepEqual(
      recorded.of('step-started').map(({ name, stepType }) => [name, stepType]),
      [
        ['GET /models', 'custom'],
        ['DELETE /models', 'custom'],
      ],
    );
    assert.deepEqual(
      recorded.of('step-ended').map(({ status }) => status),
      ['completed', 'failed'],
    );
    assert.equal(recorded.of('call-started').length, 0);
  });

  it('says of a WebSocket that it was not inspected', async () => {
    const recorded = new RecordedEvents();
    const headers = { upgrade: 'websocket', connection: 'Upgrade', accept: 'text/event-stream' };
    const { observer } = recorded.begin({ ...lookup, path: '/realtime', headers }).sent();
    observer.upgraded({ status: 101, headers: {} }, 0 as never);
    observer.ended({ how: 'client-abort' }, { bytes: 5, isWhole: true }, 9_000_000 as never);
    await recorded.settled();
    const [step] = recorded.of('step-ended');
    assert.equal(recorded.of('step-started')[0]?.name, 'WebSocket /realtime');
    assert.equal(step?.status, 'completed');
    assert.match(JSON.stringify(step?.data), /WebSocket: passed through, not inspected/);
  });

  it('takes a GET that wants events for a call', async () => {
    const recorded = new RecordedEvents();
    recorded.begin({ ...lookup, headers: { accept: 'text/event-stream' } });
    assert.equal((await recorded.settled()).of('call-started').length, 1);
  });

  it('notes how it ended when it did not end well', async () => {
    const recorded = new RecordedEvents();
    recorded.begin(lookup).ended({ how: 'unreachable', message: 'Nothing listens.' });
    recorded.begin(lookup).sent().ended({ how: 'client-abort' });
    recorded.begin(lookup).sent();
    await recorded.settled();
    await recorded.recorder.close();
    const steps = recorded.of('step-ended');
    assert.deepEqual(
      steps.map(({ status }) => status),
      ['failed', 'aborted', 'interrupted'],
    );
    assert.match(JSON.stringify(steps[0]?.data), /Nothing listens/);
  }).timeout(5_000);
});
