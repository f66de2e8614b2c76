import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { followCall } from '../../../../src/capture/api/reading/followCall.js';
import { TraceReading } from '../../../../src/capture/api/reading/traceReading.js';
import { until } from '../log/sampleEvents.js';
import { FakeResponse, streamOver } from './fakeResponse.js';
import {
  type Events,
  type Problem,
  type ReceivedEvent,
  RunningApi,
  buildBundles,
  callEnd,
  callStart,
  runStart,
  token,
  tokensOf,
} from './runningApi.js';

describe('following a call', function () {
  this.timeout(60_000);
  let api: RunningApi;
  let calls = 0;
  let callId: string;
  let path: string;

  before(async () => {
    api = await RunningApi.start(await buildBundles());
    await api.send(runStart('run'));
  });
  after(() => api.stop());
  beforeEach(async () => {
    callId = `call-${calls++}`;
    path = `/v1/runs/run/llm-calls/${callId}/tokens`;
    await api.send(callStart(callId, 'run'));
  });

  /** All until the end, or until `count` tokens have come. */
  async function read(events: Events, count = Infinity): Promise<ReceivedEvent[]> {
    const received: ReceivedEvent[] = [];
    let tokens = 0;
    for await (const event of events) {
      received.push(event);
      if (event.event === 'token' && ++tokens >= count) break;
    }
    return received;
  }

  const tokensIn = (events: readonly ReceivedEvent[]): ReceivedEvent[] =>
    events.filter(({ event }) => event === 'token');
  const indexes = (events: readonly ReceivedEvent[]): number[] =>
    tokensIn(events).map(({ data }) => data['token_index'] as number);
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

  /** The text as a client puts it together. */
  function textOf(events: readonly ReceivedEvent[], texts = new Map<number, string>()): string {
    for (const { data } of events) {
      if (typeof data['token'] !== 'string') continue;
      texts.set(data['token_index'] as number, data['token']);
    }
    return [...texts]
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join('');
  }

  it('sends what is stored, then what comes, then the end', async () => {
    await api.send(tokensOf(callId, 0, ['Hel', 'lo, ']));
    const events = api.follow(path);
    const first = await events.next();
    assert.deepEqual(first.value, {
      ...{ event: 'token', id: '0' },
      data: {
        ...{ type: 'token', token_index: 0, token: 'Hel', kind: 'text' },
        ...{ timestamp_ms: 1_763_627_001_150, delta_ms: 150, metadata: null },
      },
    });
    await events.next();
    await api.send(tokensOf(callId, 2, ['wor', 'ld.']));
    const [third, fourth] = [await events.next(), await events.next()];
    assert.deepEqual([third.value?.id, fourth.value?.id], ['2', '3']);
    assert.equal(third.value?.data['delta_ms'], 10);
    await api.send(callEnd(callId, { finish_reason: 'stop' }));
    assert.deepEqual(await read(events), [
      {
        ...{ event: 'complete', id: undefined },
        data: { type: 'complete', model: 'a-model', finish_reason: 'stop', total_tokens: 4 },
      },
    ]);
  });

  it('ends with what went wrong', async () => {
    await api.send(tokensOf(callId, 0, ['Half of ']));
    const events = read(api.follow(path));
    await api.send(callEnd(callId, { error: { code: 'RATE_LIMIT', message: 'Slow down.' } }));
    assert.deepEqual((await events).at(-1), {
      ...{ event: 'error', id: undefined },
      data: {
        ...{ type: 'error', error: 'Slow down.', code: 'RATE_LIMIT', status: 'failed' },
        total_tokens: 1,
      },
    });
  });

  it('of a call that is over sends all of it and the end', async () => {
    await api.send(tokensOf(callId, 0, ['a ', 'b ', 'c ']), callEnd(callId));
    const events = await read(api.follow(path));
    assert.deepEqual(indexes(events), [0, 1, 2]);
    assert.equal(events.at(-1)?.event, 'complete');
  });

  it('goes on behind the token that the client had last', async () => {
    await api.send(tokensOf(callId, 0, ['a ', 'b ', 'c ', 'd ']), callEnd(callId));
    const after = async (id: string) =>
      indexes(await read(api.follow(path, { 'last-event-id': id })));
    assert.deepEqual(await after('1'), [2, 3]);
    assert.deepEqual(await after('3'), []);
    assert.deepEqual(await after(''), [0, 1, 2, 3]);
  });

  it('counts by indexes where tokens were left out', async () => {
    const lines = [0, 10, 20, 30].map((index) => tokensOf(callId, index, ['word ']));
    await api.send(...lines, callEnd(callId, { received_tokens: 31 }));
    assert.deepEqual(indexes(await read(api.follow(path, { 'last-event-id': '10' }))), [20, 30]);
  });

  it('refuses what it cannot follow before it says 200', async () => {
    const headers = { accept: 'text/event-stream' };
    assert.equal((await api.ask(`${path}x`, { headers })).status, 404);
    const wrong = await api.ask<Problem>(path, { headers: { ...headers, 'last-event-id': 'x' } });
    assert.deepEqual([wrong.status, wrong.body.errors?.[0]?.field], [400, 'last-event-id']);
    const untrusted = await api.ask(path, { headers: { ...headers, authorization: '' } });
    assert.equal(untrusted.status, 401);
  });

  describe('beside a fast writer', () => {
    const count = 10_000;
    const batch = 50;

    async function write(): Promise<void> {
      const texts = Array.from({ length: batch }, (_, index) => `word${index % 7} `);
      for (let first = 0; first < count; first += batch) {
        await api.send(tokensOf(callId, first, texts));
      }
      await api.send(callEnd(callId));
    }

    it('brings every token once and in order, to everyone', async () => {
      const writing = write();
      const followers = [1, 2, 3].map(() => read(api.follow(path)));
      await writing;
      for (const events of await Promise.all(followers)) {
        assert.deepEqual(indexes(events), upTo(count));
        assert.equal(events.at(-1)?.event, 'complete');
      }
    });

    it('loses and repeats nothing over many connections', async () => {
      const writing = write();
      const received: ReceivedEvent[] = [];
      let connections = 0;
      while (received.at(-1)?.event !== 'complete') {
        const lastId = tokensIn(received).at(-1)?.id;
        const headers: Record<string, string> = lastId ? { 'last-event-id': lastId } : {};
        received.push(...(await read(api.follow(path, headers), 100 + ((connections * 37) % 900))));
        connections++;
      }
      await writing;
      assert.deepEqual(indexes(received), upTo(count));
      assert.ok(connections > 10, `${connections} connections`);
    });
  });

  it('completes texts whose end was held back', async () => {
    const events = read(api.follow(path));
    // Ends like the pattern "secret-[0-9]{6}" begins.
    await api.send(tokensOf(callId, 0, ['This is no secret-', '12']));
    await until(async () => (await api.ask<{ total: number }>(path)).body.total === 2);
    await api.send(tokensOf(callId, 2, [' but two words.']), callEnd(callId));
    const received = await events;
    assert.equal(textOf(received), 'This is no secret-12 but two words.');
    assert.deepEqual(indexes(received), [0, 1, 2]);
  });

  it('completes texts also for a client that was away', async () => {
    await api.send(tokensOf(callId, 0, ['This is no secret-']));
    const texts = new Map<number, string>();
    const before = await read(api.follow(path), 1);
    assert.notEqual(textOf(before, texts), 'This is no secret-');
    await api.send(tokensOf(callId, 1, ['12 but two words.']), callEnd(callId));
    const after = await read(api.follow(path, { 'last-event-id': '0' }));
    assert.equal(textOf(after, texts), 'This is no secret-12 but two words.');
    assert.deepEqual(indexes(after), [1]);
  });

  it('keeps nothing for a client that does not read, and lets go of it', async () => {
    const texts = Array.from({ length: 1_000 }, () => 'word '.repeat(100));
    for (let first = 0; first < 20_000; first += 1_000) {
      await api.send(tokensOf(callId, first, texts));
    }
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\n\r\n`;
    socket.write(head);
    await until(() => api.largestWriteQueue() > 0);
    await api.send(callEnd(callId));
    // Another one is not kept waiting.
    assert.equal(indexes(await read(api.follow(path))).length, 20_000);
    assert.ok(api.largestWriteQueue() < 4_000_000, `${api.largestWriteQueue()} bytes`);
    socket.destroy();
    await until(() => api.openResponses() === 0);
  });

  it('goes on when the process that reads has died', async () => {
    const reading = new TraceReading({ ...api.tracePaths, log: () => undefined });
    const response = new FakeResponse();
    const { stream } = streamOver(response);
    await api.send(tokensOf(callId, 0, ['a ', 'b ']));
    const following = followCall({
      ...{ reading, stream, appended: api.log, runId: 'run', callId, lastIndex: -1 },
    });
    const ids = (): string[] => [...response.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id!);
    await until(() => ids().length === 2);
    const before = reading.processId!;
    process.kill(before, 'SIGKILL');
    // Someone else asks and gets another process.
    await until(() =>
      reading.runs().then(
        () => reading.processId !== before,
        () => false,
      ),
    );
    await api.send(tokensOf(callId, 2, ['c ']), callEnd(callId));
    await following;
    reading.close();
    assert.deepEqual(ids(), ['0', '1', '2']);
    assert.match(response.text, /event: complete/);
  });
});
