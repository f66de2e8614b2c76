/** Agents in processes of their own, and the real capture. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { CaptureProcess } from '../../../../test/clients/harness/captureProcess.js';
import { createOutbox } from '../../src/sending/createOutbox.js';
import { Child } from './harness/child.js';
import { freePort } from './harness/fakeCapture.js';
import { putCall, runEnd, runStart, textsUpTo } from './harness/recording.js';
import { settingsFor } from './harness/settings.js';

describe('a real capture', () => {
  let capture: CaptureProcess;
  before(async () => {
    capture = await CaptureProcess.start({ upstreams: {} });
  });
  after(() => capture.dispose());

  async function get<T>(path: string): Promise<T> {
    const { url, token } = capture.address;
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 200);
    return (await response.json()) as T;
  }

  async function tokensOf(run: string, call: string): Promise<string[]> {
    const path = `/v1/runs/${run}/llm-calls/${call}/tokens`;
    const texts: string[] = [];
    for (;;) {
      const page = await get<{ tokens: { token: string }[]; total: number }>(
        `${path}?limit=1000&offset=${texts.length}`,
      );
      texts.push(...page.tokens.map(({ token }) => token));
      if (page.tokens.length === 0 || texts.length >= page.total) return texts;
    }
  }

  it('has each of 100 000 tokens that came at once', async () => {
    const { url, token } = capture.address;
    const outbox = createOutbox(settingsFor(url, { token }));
    outbox.put(runStart('burst'));
    for (let call = 0; call < 10; call++) putCall(outbox, `burst-${call}`, 10_000, 'burst');
    outbox.put(runEnd('burst'));
    assert.equal(await outbox.flush(20_000), true);
    for (let call = 0; call < 10; call++) {
      assert.deepEqual(await tokensOf('burst', `burst-${call}`), textsUpTo(10_000));
    }
  });

  it('has everything once when answers are lost, and it is not to be reached for two seconds', async () => {
    const { token } = capture.address;
    const losing = new LosingProxy(capture.address.url);
    const port = await freePort();
    const outbox = createOutbox(settingsFor(`http://127.0.0.1:${port}`, { token }));
    outbox.put(runStart('lossy'));
    for (let call = 0; call < 5; call++) putCall(outbox, `lossy-${call}`, 5_000, 'lossy');
    assert.equal(await outbox.flush(2_000), false);
    await losing.start(port);
    for (let call = 5; call < 10; call++) putCall(outbox, `lossy-${call}`, 5_000, 'lossy');
    outbox.put(runEnd('lossy'));
    assert.equal(await outbox.flush(20_000), true);
    assert.ok(losing.lost > 0);
    for (let call = 0; call < 10; call++) {
      assert.deepEqual(await tokensOf('lossy', `lossy-${call}`), textsUpTo(5_000));
    }
    const run = await get<{ status: string; llm_call_count: number }>('/v1/runs/lossy');
    assert.deepEqual([run.status, run.llm_call_count], ['completed', 10]);
    await losing.stop();
  });
});

describe('an endpoint that is gone', () => {
  it('costs no more memory than it may, also after a million tokens', async () => {
    const { output, errors } = await new Child('awayLong.ts', [], {
      LLM_STREAM_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      LLM_STREAM_BUFFER_MB: '8',
      LLM_STREAM_EXIT_TIMEOUT_SECONDS: '0.1',
      NODE_OPTIONS: '--expose-gc',
    }).ended;
    assert.ok(Number(output) > 0 && Number(output) < 24, `${output} MB`);
    const streams = Number(/so (\d+) streams with/.exec(errors)?.[1]);
    const tokens = Number(/ with (\d+) tokens and 0 other/.exec(errors)?.[1]);
    assert.ok(streams > 50 && tokens > 500_000, errors);
  });
});

/** Passes on requests, and cuts every other connection when the capture has answered. */
class LosingProxy {
  lost = 0;
  private requests = 0;
  private readonly server = http.createServer((request, response) => {
    void this.pass(request, response);
  });

  constructor(private readonly target: string) {}

  async start(port: number): Promise<void> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await buffer(request);
    const answer = await fetch(`${this.target}${request.url ?? ''}`, {
      method: 'POST',
      headers: {
        authorization: request.headers.authorization ?? '',
        'content-type': 'application/x-ndjson',
      },
      body,
    });
    const text = await answer.text();
    if (this.requests++ % 2 === 0) {
      this.lost++;
      request.socket.destroy();
    } else {
      response.writeHead(answer.status).end(text);
    }
  }
}
