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
  const gapsOf = ({ tokens }: Truth): number[] =>
    tokens.slice(1).map(({ writtenUs }, index) => (writtenUs - tokens[index]!.writtenUs) / 1_000);
  const median = (values: number[]): number =>
    values.toSorted((one, other) => one - other)[values.length >> 1] ?? NaN;

  it('keeps gaps of 2 ms', async () => {
    const response = await post({ gapsMs: [2], tokens: 100, isPrecise: true });
    await response.text();
    const gaps = gapsOf(truthOf(response));
    assert.equal(gaps.length, 99);
    assert.ok(Math.abs(median(gaps) - 2) < 0.25, `median gap ${median(gaps)} ms`);
  });

  it('reckons times from the beginning, so that lateness does not add up', async () => {
    const response = await post({ gapsMs: [3, 7], tokens: 41 });
    await response.text();
    const { tokens } = truthOf(response);
    const lengthMs = (tokens.at(-1)!.writtenUs - tokens[0]!.writtenUs) / 1_000;
    assert.ok(lengthMs >= 195 && lengthMs < 300, `${lengthMs} ms for gaps that make 200`);
  });

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
