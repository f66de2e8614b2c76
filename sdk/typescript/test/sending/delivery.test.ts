/** What becomes of events when the capture answers in all the ways in which something can answer. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import { mock } from 'node:test';
import { eventually } from '../../../../test/clients/harness/eventually.js';
import { Bodies } from '../../src/sending/bodies.js';
import { createOutbox } from '../../src/sending/createOutbox.js';
import { Endpoint } from '../../src/sending/endpoint.js';
import {
  type Fate,
  FakeCapture,
  type FakeCaptureOptions,
  freePort,
} from './harness/fakeCapture.js';
import {
  batch,
  callEnd,
  callStart,
  putCall,
  runEnd,
  runStart,
  textsUpTo,
} from './harness/recording.js';
import { settingsFor } from './harness/settings.js';
import { watchWarnings } from './harness/warnings.js';

describe('delivery', () => {
  const sentences = watchWarnings();
  const captures: FakeCapture[] = [];
  const start = async (options: FakeCaptureOptions = {}): Promise<FakeCapture> => {
    const capture = await FakeCapture.start(options);
    captures.push(capture);
    return capture;
  };
  afterEach(async () => {
    for (const capture of captures.splice(0)) await capture.stop();
  });

  it('brings events in their order, and says whether they are there', async () => {
    const capture = await start();
    const outbox = createOutbox(settingsFor(capture.url));
    outbox.put(runStart('run'));
    putCall(outbox, 'call', 2_500);
    outbox.put(runEnd('run'));
    assert.equal(await outbox.flush(), true);
    assert.deepEqual(
      capture.events.map(({ type }) => type),
      [
        ...['run_start', 'llm_call_start', 'llm_tokens', 'llm_tokens', 'llm_tokens'],
        ...['llm_call_end', 'run_end'],
      ],
    );
    assert.deepEqual(capture.textsOf('call'), textsUpTo(2_500));
    assert.equal(capture.tokens[0], 'Bearer secret');
  });

  it('that breaks does not break the agent', async () => {
    const capture = await start();
    const outbox = createOutbox(settingsFor(capture.url));
    const failure = new Error('a mistake of ours');
    const broken = mock.method(Bodies.prototype, 'next', () => Promise.reject(failure));
    outbox.put(runStart('run'));
    await outbox.flush(50);
    broken.mock.restore();
    assert.match(sentences.join(), /could not send .*a mistake of ours/);
    assert.equal(await outbox.flush(), true);
    assert.equal(capture.eventsOf('run_start').length, 1);
  });

  it('sends by itself soon after something was put', async () => {
    const capture = await start();
    createOutbox(settingsFor(capture.url)).put(runStart('run'));
    await eventually(
      () => capture.events.length,
      (count) => count === 1,
    );
  });

  it('asks open streams for what waits in them, until they are closed', async () => {
    const capture = await start();
    const outbox = createOutbox(settingsFor(capture.url));
    let count = 0;
    const stream = {
      callId: 'call',
      seal: () => outbox.putTokens(batch('call', count++, 1)),
      interrupt: () => undefined,
    };
    outbox.put(callStart('call'));
    outbox.openStream(stream);
    await eventually(
      () => capture.textsOf('call').length,
      (count) => count >= 3,
    );
    outbox.closeStream(stream);
    assert.equal(await outbox.flush(), true);
    const sealed = count;
    outbox.put(callEnd('call'));
    assert.equal(await outbox.flush(), true);
    assert.equal(count, sealed);
  });

  it('makes one request at a time', async () => {
    let underWay = 0;
    let most = 0;
    const capture = await start({
      fateOf: async (): Promise<Fate> => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setTimeout(resolve, 5));
        underWay--;
        return 'accept';
      },
    });
    const outbox = createOutbox(settingsFor(capture.url));
    for (let call = 0; call < 30; call++) putCall(outbox, `call-${call}`, 1_000);
    assert.equal(await outbox.flush(), true);
    assert.ok(capture.bodies.length > 1);
    assert.equal(most, 1);
  });

  const troubles: Readonly<Record<string, NonNullable<FakeCaptureOptions['fateOf']>>> = {
    'answers 500 twice': (request) => (request <= 2 ? { status: 500 } : 'accept'),
    'is busy for a second': (request) =>
      request === 1 ? { status: 503, headers: { 'retry-after': '1' } } : 'accept',
    'closes the connection': (request) => (request === 1 ? 'close' : 'accept'),
    'loses its answer': (request) => (request === 1 ? 'cut' : 'accept'),
    'answers garbage once': (request) =>
      request === 1 ? { status: 200, body: 'Hello!' } : 'accept',
    'takes small bodies only': (_, body) => (body.length > 60_000 ? { status: 413 } : 'accept'),
    'is slow': async (): Promise<Fate> => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return 'accept';
    },
  };
  for (const [trouble, fateOf] of Object.entries(troubles)) {
    it(`loses nothing when the capture ${trouble}`, async () => {
      const capture = await start({ fateOf });
      const outbox = createOutbox(settingsFor(capture.url));
      putCall(outbox, 'one', 1_500);
      putCall(outbox, 'other', 10);
      assert.equal(await outbox.flush(10_000), true);
      assert.deepEqual(capture.textsOf('one'), textsUpTo(1_500));
      assert.deepEqual(capture.textsOf('other'), textsUpTo(10));
      assert.ok(capture.eventsOf('llm_call_end').length >= 2);
    });
  }

  it('loses nothing when the capture comes after two seconds', async () => {
    const port = await freePort();
    const outbox = createOutbox(settingsFor(`http://127.0.0.1:${port}`));
    putCall(outbox, 'before', 3_000);
    assert.equal(await outbox.flush(2_000), false);
    putCall(outbox, 'while away', 3_000);
    const capture = await start({ port });
    assert.equal(await outbox.flush(), true);
    assert.deepEqual(capture.textsOf('before'), textsUpTo(3_000));
    assert.deepEqual(capture.textsOf('while away'), textsUpTo(3_000));
    assert.deepEqual(sentences, []);
  });

  it('sends the same again, byte by byte, when it heard no answer', async () => {
    const capture = await start({ fateOf: (request) => (request <= 2 ? 'cut' : 'accept') });
    const outbox = createOutbox(settingsFor(capture.url));
    putCall(outbox, 'call', 100);
    assert.equal(await outbox.flush(), true);
    assert.equal(capture.bodies.length, 3);
    assert.equal(new Set(capture.bodies).size, 1);
  });

  it('sends a token that is wrong once, says so, and is switched off', async () => {
    const capture = await start({ fateOf: () => ({ status: 401 }) });
    const outbox = createOutbox(settingsFor(capture.url));
    putCall(outbox, 'call', 100);
    assert.equal(await outbox.flush(), false);
    assert.equal(outbox.enabled, false);
    putCall(outbox, 'later', 100);
    assert.equal(await outbox.flush(), false);
    assert.equal(capture.bodies.length, 1);
    await eventually(
      () => sentences.length,
      (count) => count > 0,
    );
    assert.deepEqual(sentences, [
      `The capture at ${capture.url} does not know this token, and nothing more is sent to it: set LLM_STREAM_TOKEN to the token that the capture shows.`,
    ]);
  });

  it('says when something else answers, and does not hammer it', async () => {
    const capture = await start({ fateOf: () => ({ status: 404 }) });
    const outbox = createOutbox(settingsFor(capture.url));
    putCall(outbox, 'call', 100);
    await eventually(
      () => sentences.length,
      (count) => count === 1,
    );
    assert.match(sentences[0] ?? '', /is not a capture \(HTTP 404\): set LLM_STREAM_ENDPOINT/);
    assert.equal(capture.bodies.length, 1);
  });

  it('says when a certificate is not known', async () => {
    const capture = await start({ isSecure: true });
    const outbox = createOutbox(settingsFor(capture.url));
    putCall(outbox, 'call', 100);
    assert.equal(await outbox.flush(300), false);
    await eventually(
      () => sentences.length,
      (count) => count > 0,
    );
    assert.equal(sentences.length, 1);
    assert.match(sentences[0] ?? '', /no secure connection .*\(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
    assert.equal(capture.bodies.length, 0);
  });

  it('says what the capture could not read, once, and goes on', async () => {
    const body =
      '{"accepted":0,"rejected":[{"line":1,"message":"run_id: Too long."}],"rejected_count":3}';
    const capture = await start({
      fateOf: (request) => (request <= 2 ? { status: 200, body } : 'accept'),
    });
    const outbox = createOutbox(settingsFor(capture.url));
    for (const id of ['one', 'two']) {
      outbox.put(runStart(id));
      assert.equal(await outbox.flush(), false);
    }
    outbox.put(runStart('three'));
    assert.equal(await outbox.flush(), true);
    assert.equal(sentences.length, 1);
    assert.match(sentences[0] ?? '', /could not read 3 events \(run_id: Too long\.\)/);
  });

  it('leaves out a single line that is too large', async () => {
    const capture = await start({
      fateOf: (_, body) => (body.includes('large') ? { status: 413 } : 'accept'),
    });
    const outbox = createOutbox(settingsFor(capture.url));
    for (const id of ['first', 'large', 'last']) outbox.put(runStart(id));
    assert.equal(await outbox.flush(), false);
    assert.deepEqual(
      capture.eventsOf('run_start').map(({ run_id }) => run_id),
      ['first', 'last'],
    );
  });

  it('gives up a request that hangs, which counts as away', async () => {
    const capture = await start({ fateOf: () => 'hang' });
    const answer = await new Endpoint(capture.url, 'secret', 100).post(Buffer.from('{}\n'));
    assert.deepEqual(answer, { kind: 'away', reason: 'no answer in 0.1 s' });
  });

  for (const timeout of [-1, NaN, 0]) {
    it(`resolves a flush of ${timeout} ms`, async () => {
      const capture = await start();
      const outbox = createOutbox(settingsFor(capture.url));
      assert.equal(typeof (await outbox.flush(timeout)), 'boolean');
    });
  }

  it('goes on after an event that is no JSON', async () => {
    const capture = await start();
    const outbox = createOutbox(settingsFor(capture.url));
    const metadata: Record<string, unknown> = {};
    metadata['itself'] = metadata;
    outbox.put({ ...runStart('cyclic'), metadata });
    outbox.put({ ...runStart('big'), metadata: 1n });
    outbox.put(runStart('plain'));
    await outbox.flush();
    assert.deepEqual(
      capture.eventsOf('run_start').map(({ run_id }) => run_id),
      ['plain'],
    );
  });

  it('is off without an endpoint, and then takes nothing', async () => {
    for (const off of [{ endpoint: null }, { enabled: false }]) {
      const outbox = createOutbox({ ...settingsFor('http://127.0.0.1:9'), ...off });
      assert.equal(outbox.enabled, false);
      putCall(outbox, 'call', 10);
      assert.equal(await outbox.flush(), true);
    }
    assert.deepEqual(sentences, []);
  });

  it('says what an outage cost, once, when it is over', async () => {
    const port = await freePort();
    const outbox = createOutbox(settingsFor(`http://127.0.0.1:${port}`, { bufferMegabytes: 1 }));
    for (let call = 0; call < 30; call++) putCall(outbox, `call-${call}`, 1_000);
    assert.equal(await outbox.flush(100), false);
    const capture = await start({ port });
    assert.equal(await outbox.flush(), true);
    await eventually(
      () => sentences.length,
      (count) => count > 0,
    );
    assert.equal(sentences.length, 1);
    const [, streams] =
      /so (\d+) streams with (\d+) tokens and 0 other/.exec(sentences[0] ?? '') ?? [];
    assert.equal(Number(streams), 30 - capture.eventsOf('llm_call_end').length);
    assert.deepEqual(capture.textsOf('call-29'), textsUpTo(1_000));
  });

  it('uses nothing that an agent replaces, nor its way to the internet', async () => {
    const replaced = [
      [globalThis, 'fetch'],
      [globalThis, 'setTimeout'],
      [globalThis, 'setImmediate'],
      [http, 'request'],
    ] as const;
    const capture = await start();
    const restore = replaced.map(([owner, name]) => {
      const descriptor = Object.getOwnPropertyDescriptor(owner, name) ?? {};
      Object.defineProperty(owner, name, {
        ...{ configurable: true, writable: true },
        value: () => assert.fail(`${name} was used`),
      });
      return () => Object.defineProperty(owner, name, descriptor);
    });
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
    try {
      const outbox = createOutbox(settingsFor(capture.url));
      putCall(outbox, 'call', 2_000);
      assert.equal(await outbox.flush(), true);
    } finally {
      for (const each of restore) each();
      delete process.env['HTTP_PROXY'];
    }
  });

  it('sends outside of the context of the agent', async () => {
    const capture = await start();
    const outbox = createOutbox(settingsFor(capture.url));
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    // Others of this process may send too.
    const see = (message: unknown): void => {
      const { request } = message as { request: http.ClientRequest };
      if (request.getHeader('host') === new URL(capture.url).host) seen.push(context.getStore());
    };
    subscribe('http.client.request.start', see);
    await context.run('of the agent', async () => {
      outbox.put(runStart('run'));
      await eventually(
        () => capture.events.length,
        (count) => count === 1,
      );
      outbox.put(runEnd('run'));
      assert.equal(await outbox.flush(), true);
    });
    unsubscribe('http.client.request.start', see);
    assert.deepEqual(seen, [undefined, undefined]);
  });
});
