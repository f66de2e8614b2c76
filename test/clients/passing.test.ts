/** What goes through the capture beside streams of the known formats, and how. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type MockServer, certificatePath, startMockServer } from '../mock/mockServer.js';
import type { ScenarioRequest } from '../mock/scenario.js';
import { CaptureProcess } from './harness/captureProcess.js';
import { ask } from './harness/conversation.js';
import { eventually } from './harness/eventually.js';
import { openaiChat } from './harness/openaiClients.js';
import { readCalls, readRuns, recordedText } from './harness/recorded.js';
import { CaptureSuite } from './harness/suite.js';

const textOfMock = 'the0 quick1 brown2 fox3';

describe('what passes through the capture', () => {
  const suite = new CaptureSuite();

  const post = async (run: string, path: string, scenario: ScenarioRequest): Promise<Response> =>
    fetch(`${suite.capture.address.url}/run/${encodeURIComponent(run)}/mock${path}`, {
      method: 'POST',
      headers: { 'x-mock-scenario': JSON.stringify(scenario), 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'a-model', stream: true }),
    });

  for (const encoding of ['gzip', 'deflate', 'br', 'zstd'] as const) {
    it(`${encoding}: each event keeps its time`, async () => {
      const run = suite.newRun();
      const scenario = { text: textOfMock, encoding, gapsMs: [50] };
      const response = await post(run, '/v1/chat/completions', scenario);
      assert.equal(response.headers.get('content-encoding'), encoding);
      const body = response.arrayBuffer();
      // Node's own client does not decode every encoding: what matters here is that it came.
      await body.catch(() => undefined);
      const call = await suite.ended(run);
      assert.equal(recordedText(call, 'text'), textOfMock);
      assert.equal(call.state, 'completed');
      const truth = suite.mock.truths.find(response.headers.get('x-mock-id') ?? '');
      const trueOffsets = truth?.tokens.map(({ writtenUs }) => writtenUs - truth.cameUs) ?? [];
      const offsets = call.tokens.map(({ offsetUs }) => offsetUs);
      offsets.forEach((offset, index) => assert.ok(offset >= (trueOffsets[index] ?? NaN) - 1));
      assert.ok(offsets[0]! < trueOffsets.at(-1)!, 'the first is there before the last is written');
    });
  }

  it('a stream that a gateway holds back and compresses as a whole is one burst', async () => {
    const run = suite.newRun();
    const scenario = { name: 'gzip-whole', text: textOfMock, gapsMs: [5] };
    await (await post(run, '/v1/chat/completions', scenario)).text();
    const { tokens } = await suite.ended(run);
    assert.equal(tokens.length, 4);
    assert.equal(new Set(tokens.map(({ readIndex }) => readIndex)).size, 1);
  });

  it('tokens of one write share one read', async () => {
    const run = suite.newRun();
    const scenario = { tokens: 12, eventsPerWrite: 4, gapsMs: [50] };
    await (await post(run, '/v1/chat/completions', scenario)).text();
    const { tokens } = await suite.ended(run);
    assert.equal(tokens.length, 12);
    for (const first of [0, 4, 8]) {
      const together = tokens.slice(first, first + 4);
      assert.equal(new Set(together.map(({ readIndex }) => readIndex)).size, 1);
      assert.equal(new Set(together.map(({ offsetUs }) => offsetUs)).size, 1);
    }
    // A busy machine may join writes.
    assert.notEqual(tokens.at(0)?.readIndex, tokens.at(-1)?.readIndex);
  });

  it('legacy completions, and the native generate of Ollama', async () => {
    for (const path of ['/v1/completions', '/api/generate']) {
      const run = suite.newRun();
      await (await post(run, path, { text: textOfMock, gapsMs: [2] })).text();
      const call = await suite.ended(run);
      assert.equal(recordedText(call, 'text'), textOfMock, path);
      assert.equal(call.state, 'completed');
    }
  });

  it('the JSON array in which Gemini streams without alt=sse', async () => {
    const run = suite.newRun();
    const scenario = { text: textOfMock, gapsMs: [50] };
    await (await post(run, '/v1beta/models/some:streamGenerateContent', scenario)).text();
    const call = await suite.ended(run);
    assert.equal(recordedText(call, 'text'), textOfMock);
    assert.equal(call.streaming, true);
    assert.equal(call.tokens.length, 4);
    assert.ok(new Set(call.tokens.map(({ offsetUs }) => offsetUs)).size > 1, 'not all at once');
  });

  it('streams that nobody knows are recorded as plain chunks', async () => {
    for (const path of ['/unknown/events', '/unknown/text']) {
      const run = suite.newRun();
      const body = await (await post(run, path, { text: textOfMock, gapsMs: [50] })).text();
      const call = await suite.ended(run);
      assert.equal(call.wireFormat, 'plain');
      assert.equal(call.state, 'completed');
      assert.ok(call.tokens.length > 1, path);
      for (const { text } of call.tokens) assert.ok(body.includes(text), path);
    }
  });

  it('a list of models is no call of a model', async () => {
    const run = suite.newRun();
    const base = suite.capture.run(run)('openai');
    const models = await fetch(`${base}/models`);
    assert.equal(((await models.json()) as { object: string }).object, 'list');
    const steps = await eventually(
      async () => (await readRuns(suite.capture.db)).get(run),
      (found) => found?.otherSteps[0]?.status === 'completed',
    );
    assert.deepEqual(steps?.calls, []);
    assert.match(steps?.otherSteps[0]?.name ?? '', /GET .*\/models/);
  });

  it('a WebSocket is passed through, and said not to be inspected', async () => {
    const run = suite.newRun();
    const url = `${suite.capture.run(run)('openai')}/realtime`.replace('http', 'ws');
    const socket = new WebSocket(url);
    await once(socket, 'open');
    socket.send('hello');
    const [data] = (await once(socket, 'message')) as [Buffer];
    assert.equal(data.toString(), 'hello');
    socket.close();
    const found = await eventually(
      async () => (await readRuns(suite.capture.db)).get(run),
      (read) => read?.otherSteps.length === 1,
    );
    assert.match(found?.otherSteps[0]?.name ?? '', /WebSocket/);
  });

  it('an upstream that closes after each response, again and again', async () => {
    const run = suite.newRun();
    for (let number = 0; number < 5; number++) {
      const response = await post(run, '/v1/chat/completions', { name: 'close', gapsMs: [0] });
      assert.match(await response.text(), /\[DONE\]/);
    }
    const calls = await eventually(
      () => readCalls(suite.capture.db, run),
      (found) => found.length === 5 && found.every(({ state }) => state === 'completed'),
    );
    assert.equal(calls.length, 5);
  });

  suite.leavesTheSameFile();
});

describe('an upstream that speaks TLS', () => {
  let mock: MockServer;
  let capture: CaptureProcess | undefined;
  before(async () => void (mock = await startMockServer({ tls: true })));
  afterEach(() => capture?.dispose());
  after(() => mock.close());

  const askThrough = async (environment: Record<string, string>) => {
    const upstreams = { openai: `${mock.url}/v1` };
    capture = await CaptureProcess.start({ upstreams, environment });
    const heard = await ask(openaiChat, {
      ...{ endpoint: capture.run('tls'), scenario: 'fast', streaming: true },
    });
    const [call] = await eventually(
      () => readCalls(capture?.db ?? '', 'tls'),
      ([first]) => first !== undefined && first.state !== 'streaming',
    );
    return { heard, call };
  };

  it('is trusted with an extra certificate', async () => {
    const { heard, call } = await askThrough({ LLM_STREAM_EXTRA_CA_CERTIFICATES: certificatePath });
    assert.equal(heard.failure, null);
    assert.equal(call?.state, 'completed');
  });

  it('is not trusted without', async () => {
    const { heard, call } = await askThrough({});
    assert.equal(heard.failure?.status, 502);
    assert.equal(call?.errorCode, 'UPSTREAM_UNREACHABLE');
    assert.match(call?.errorMessage ?? '', /certificate/i);
  });
});
