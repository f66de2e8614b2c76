/** The ground truth must be true itself. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { readFileSync } from 'node:fs';
import { decompress } from 'fzstd';
import { WebSocket } from 'ws';
import type { Scenario } from '../mock/scenario.js';
import {
  type MockServer,
  type Truth,
  certificatePath,
  startMockServer,
} from '../mock/mockServer.js';
import { trueText } from '../mock/truth.js';
import { eventually } from './harness/eventually.js';

describe('mock model server', () => {
  let mock: MockServer;
  before(async () => void (mock = await startMockServer()));
  after(() => mock.close());

  const post = (scenario: Partial<Scenario> | string, path = '/v1/chat/completions') =>
    fetch(`${mock.url}${path}`, {
      method: 'POST',
      headers: {
        'x-mock-scenario': typeof scenario === 'string' ? scenario : JSON.stringify(scenario),
      },
      body: JSON.stringify({ model: 'm', stream: true }),
    });
  const truthOf = (response: Response): Truth => {
    const truth = mock.truths.find(response.headers.get('x-mock-id') ?? '');
    assert.ok(truth);
    return truth;
  };
  /** Milliseconds by which each token was written after its time; a busy machine makes some of them late. */
  const latenesses = ({ tokens, headUs }: Truth, gapsMs: readonly number[]): number[] => {
    let dueMs = 0;
    return tokens.map(({ writtenUs }, index) => {
      dueMs += gapsMs[index % gapsMs.length] ?? NaN;
      return (writtenUs - (headUs ?? NaN)) / 1_000 - dueMs;
    });
  };

  for (const isPrecise of [true, false]) {
    it(`keeps gaps of 2 and 7 ms, ${isPrecise ? 'precisely' : 'by timers'}`, async () => {
      const gapsMs = [2, 7];
      const response = await post({ gapsMs, tokens: 100, isPrecise });
      await response.text();
      const late = latenesses(truthOf(response), gapsMs);
      assert.equal(late.length, 100);
      for (const lateMs of late) assert.ok(lateMs > -0.01, `${lateMs} ms too early`);
      // Lateness does not add up: whoever comes at its time at the end is no later than at the beginning.
      const addedMs = Math.min(...late.slice(50)) - Math.min(...late.slice(0, 50));
      assert.ok(addedMs < (isPrecise ? 1 : 3), `${addedMs} ms later at the end`);
    });
  }

  it('tells by HTTP what really happened', async () => {
    const response = await post('tools');
    await response.text();
    const id = response.headers.get('x-mock-id') ?? '';
    const told = (await (await fetch(`${mock.url}/_truth/${id}`)).json()) as Truth;
    assert.deepEqual(told, mock.truths.find(id));
    assert.equal(told.ending, 'complete');
    assert.equal(trueText(told, 'toolName'), 'get_weather');
    assert.deepEqual(JSON.parse(trueText(told, 'toolArguments')), {
      city: 'Zürich',
      unit: 'celsius',
    });
    assert.equal((await fetch(`${mock.url}/_truth/none`)).status, 404);
  });

  it('compresses with a flush for each event, or everything at the end', async () => {
    const plain = await (await post({ text: 'a b c', gapsMs: [0] })).text();
    for (const encoding of ['gzip', 'deflate', 'br'] as const) {
      for (const encodingFlush of ['event', 'whole'] as const) {
        const response = await post({ text: 'a b c', gapsMs: [10], encoding, encodingFlush });
        assert.equal(withoutIds(await response.text()), withoutIds(plain), encoding);
        const times = new Set(truthOf(response).tokens.map(({ writtenUs }) => writtenUs));
        assert.equal(times.size, encodingFlush === 'event' ? 3 : 1);
      }
    }
    const zstd = await post({ text: 'a b c', encoding: 'zstd' });
    const bytes = decompress(new Uint8Array(await zstd.arrayBuffer()));
    assert.equal(withoutIds(Buffer.from(bytes).toString()), withoutIds(plain));
  });

  const withoutIds = (stream: string): string =>
    stream.replaceAll(/chatcmpl-\w+|"created":\d+/g, '');

  it('ends as told', async () => {
    const complete = await (await post('fast')).text();
    assert.match(complete, /\[DONE\]\n\n$/);
    const truncated = await (await post('truncated')).text();
    assert.doesNotMatch(truncated, /\[DONE\]/);
    for (const ending of ['cut', 'reset'] as const) {
      const response = await post(ending);
      await assert.rejects(response.text());
      assert.equal(truthOf(response).tokens.length, 8);
      assert.equal(truthOf(response).ending, ending);
    }
  });

  it('notes a client that leaves', async () => {
    const leaving = new AbortController();
    const request = fetch(`${mock.url}/v1/messages`, {
      method: 'POST',
      body: '{"model":"mock/hang","stream":true}',
      signal: leaving.signal,
    });
    const response = await request;
    await response.body?.getReader().read();
    assert.equal(truthOf(response).ending, null);
    leaving.abort();
    const truth = truthOf(response);
    await eventually(
      () => truth.ending,
      (ending) => ending === 'client-left',
    );
  });

  it('says which scenarios there are, and which fields', async () => {
    const wrongName = await post('no-such-thing');
    assert.equal(wrongName.status, 400);
    assert.match(await wrongName.text(), /There are: default, fast/);
    const wrongField = await fetch(`${mock.url}/api/chat`, {
      method: 'POST',
      headers: { 'x-mock-scenario': '{"gapMs":3}' },
      body: '{}',
    });
    assert.match(await wrongField.text(), /no field \\"gapMs\\"/);
  });

  it('echoes WebSocket messages', async () => {
    const socket = new WebSocket(`${mock.url.replace('http', 'ws')}/v1/realtime`);
    await once(socket, 'open');
    socket.send('hello');
    const [data] = (await once(socket, 'message')) as [Buffer];
    assert.equal(data.toString(), 'hello');
    assert.equal(mock.truths.latest?.ending, 'upgraded');
    socket.close();
  });

  it('speaks TLS with a certificate that can be trusted', async () => {
    const secure = await startMockServer({ tls: true });
    try {
      const request = get(`${secure.url}/v1/models`, { ca: readFileSync(certificatePath) });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      assert.equal(response.statusCode, 200);
      response.resume();
    } finally {
      await secure.close();
    }
  });
});
