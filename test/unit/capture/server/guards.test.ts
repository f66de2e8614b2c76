import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { startServer } from '../../../../src/capture/server/server.js';
import {
  RawClient,
  type TestCapture,
  afterwards,
  ask,
  closeAll,
  problemIn,
  startCapture,
  startUpstream,
} from '../proxy/harness.js';

const paths = ['/model/x', '/v1/runs', '/health', '/run/r/model/x'];

async function startGuarded(): Promise<TestCapture> {
  const upstream = await startUpstream((_request, response) => response.end('the model'));
  return startCapture(upstream.url);
}

describe('the guards of the server', () => {
  afterEach(closeAll);

  it('let programs of this machine in, by each of its names', async () => {
    const { url, port } = await startGuarded();
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      `[::1]:${port}`,
    ]) {
      for (const path of paths) {
        const { status } = await ask(`${url}${path}`, { headers: { host } });
        assert.equal(status, 200, `${host}${path}`);
      }
    }
  });

  it('refuse a foreign Host, to the proxy and to the API', async () => {
    const { url, port, recorder } = await startGuarded();
    const hosts = [
      ...[`evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '127.0.0.1', 'localhost'],
      ...[
        `127.0.0.1:${port + 1}`,
        `0.0.0.0:${port}`,
        `localhost.:${port}`,
        `user@127.0.0.1:${port}`,
      ],
      `127.0.0.1:${port}@evil.example`,
    ];
    for (const host of hosts) {
      for (const path of paths) {
        const { status, headers, body } = await ask(`${url}${path}`, { headers: { host } });
        assert.equal(status, 403, `${host}${path}`);
        assert.equal(headers['content-type'], 'application/problem+json');
        const problem = problemIn(body);
        assert.equal(problem.error.type, 'foreign_host');
        assert.match(problem.detail, /Host header/);
      }
    }
    assert.equal(recorder.exchanges.length, 0);
  });

  it('refuse two Host headers, and none', async () => {
    const { port } = await startGuarded();
    const two = await RawClient.connect(port);
    two.send('GET /health HTTP/1.1', 'Host: evil.example');
    assert.match(await two.until('foreign_host'), /^HTTP\/1\.1 403/);
    for (const head of ['GET /health HTTP/1.0', 'GET /health HTTP/1.0\r\nHost:']) {
      const none = await RawClient.connect(port);
      none.socket.write(`${head}\r\n\r\n`);
      await none.closed;
      assert.match(none.received, /^HTTP\/1\.1 403/);
    }
  });

  it('refuse web pages of other origins, to the proxy and to the API', async () => {
    const { url, port, recorder } = await startGuarded();
    const foreign = [
      ...['https://evil.example', 'null', `https://127.0.0.1:${port}`, 'http://127.0.0.1'],
      ...[
        `http://127.0.0.1:${port + 1}`,
        'vscode-webview://abc',
        `http://evil.example:${port}`,
        '',
      ],
    ];
    const refused = [
      ...foreign.map((origin) => ({ origin })),
      ...['cross-site', 'same-site', 'Cross-Site'].map((site) => ({ 'sec-fetch-site': site })),
    ];
    for (const headers of refused) {
      for (const path of paths) {
        const { status, body, headers: answered } = await ask(`${url}${path}`, { headers });
        assert.equal(status, 403, JSON.stringify(headers));
        assert.equal(problemIn(body).error.type, 'foreign_origin');
        assert.equal(answered['access-control-allow-origin'], undefined);
      }
    }
    assert.equal(recorder.exchanges.length, 0);
    const own = { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' };
    assert.equal((await ask(`${url}/health`, { headers: own })).status, 200);
  });

  it('refuse a WebSocket of a web page', async () => {
    const { port, recorder } = await startGuarded();
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket'];
    const foreign = await RawClient.connect(port);
    foreign.send('GET /model/x HTTP/1.1', ...upgrade, 'Origin: https://evil.example');
    await foreign.closed;
    assert.match(foreign.received, /^HTTP\/1\.1 403 [^]*foreign_origin/);
    const api = await RawClient.connect(port);
    api.send('GET /v1/runs HTTP/1.1', ...upgrade);
    await api.closed;
    assert.match(api.received, /^HTTP\/1\.1 400 [^]*has no WebSocket/);
    assert.equal(recorder.exchanges.length, 0);
  });

  it('listen on 127.0.0.1 and on no other address', async () => {
    const { port } = await startGuarded();
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    const others = own.map(({ address }) => address).filter((address) => address !== '127.0.0.1');
    for (const host of [...others, '::1', '127.0.0.2']) {
      const outcome = await new Promise<string>((resolve) => {
        const socket = connect({ host, port, timeout: 1_000 });
        afterwards(() => socket.destroy());
        socket.once('connect', () => resolve('connected'));
        socket.once('timeout', () => resolve('timeout'));
        socket.once('error', ({ message }) => resolve(message));
      });
      assert.notEqual(outcome, 'connected', host);
    }
  });

  it('refuse giant headers with 431 and go on serving others', async () => {
    const { url, port } = await startGuarded();
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1', `X-Large: ${'x'.repeat(20_000)}`);
    await client.closed;
    assert.match(client.received, /^HTTP\/1\.1 431 [^]*16 kB/);
    const longUrl = await RawClient.connect(port);
    longUrl.send(`GET /model/${'x'.repeat(20_000)} HTTP/1.1`);
    await longUrl.closed;
    assert.match(longUrl.received, /^HTTP\/1\.1 431 /);
    assert.equal((await ask(`${url}/model/x`)).status, 200);
  });

  it('pass on every one of many small headers', async () => {
    let count = 0;
    const upstream = await startUpstream((request, response) => {
      count = request.rawHeaders.filter((name) => name.startsWith('X-')).length;
      response.end();
    });
    upstream.server.maxHeadersCount = 0;
    const { port } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    const many = Array.from({ length: 1_500 }, (_, number) => `X-${number}: 1`);
    client.send('GET /model/x HTTP/1.1', ...many);
    await client.until('200 OK');
    assert.equal(count, 1_500);
  });

  it('answer what is no HTTP with 400', async () => {
    const { url, port } = await startGuarded();
    for (const garbage of [
      '\u0000\u0001\u0002\r\n\r\n',
      'GET\r\n\r\n',
      'GET / HTTP/1.1\r\nA B: c\r\n\r\n',
    ]) {
      const client = await RawClient.connect(port);
      client.socket.write(garbage, 'latin1');
      await client.closed;
      assert.match(client.received, /^HTTP\/1\.1 400 [^]*no valid HTTP/, JSON.stringify(garbage));
    }
    const smuggled = await RawClient.connect(port);
    smuggled.send('POST /model/x HTTP/1.1', 'Content-Length: 5', 'Transfer-Encoding: chunked');
    await smuggled.closed;
    assert.match(smuggled.received, /^HTTP\/1\.1 400 /);
    assert.equal((await ask(`${url}/model/x`)).status, 200);
  });

  it('give up on clients that never finish their request, and others do not notice', async () => {
    const upstream = await startUpstream((request, response) => {
      request.resume().once('end', () => response.end('the model'));
    });
    const { url, port, recorder } = await startCapture(upstream.url, {
      serverLimits: { headMs: 400, requestMs: 600, checkMs: 20 },
    });
    const slow = await Promise.all(
      Array.from({ length: 100 }, async (_, number) => {
        const client = await RawClient.connect(port);
        if (number % 2) client.socket.write('GET /model/slow HTTP/1.1\r\nHost: ');
        else client.send('POST /model/slow HTTP/1.1', 'Content-Length: 1000').socket.write('x');
        return client;
      }),
    );
    const trickle = setInterval(() => {
      for (const { socket } of slow) socket.write('x');
    }, 20);
    afterwards(() => clearInterval(trickle));
    let isOver = false;
    const over = Promise.all(slow.map(({ closed }) => closed)).then(() => (isOver = true));
    let served = 0;
    while (!isOver) {
      assert.equal((await ask(`${url}/model/quick`)).status, 200);
      served++;
    }
    await over;
    assert.ok(served > 0);
    assert.ok(
      slow.every(({ received }) => received === '' || received.startsWith('HTTP/1.1 408 ')),
    );
    const heads = slow.filter((_, number) => number % 2);
    assert.ok(heads.every(({ received }) => received.includes('did not come in the time')));
    await recorder.when(() => recorder.exchanges.every(({ ending }) => ending !== undefined));
  });

  it('let no more connections in than allowed', async () => {
    const upstream = await startUpstream((_request, response) => response.end('the model'));
    const { url, port } = await startCapture(upstream.url, { serverLimits: { connections: 3 } });
    const clients = [];
    for (let number = 0; number < 3; number++) clients.push(await RawClient.connect(port));
    await assert.rejects(ask(`${url}/health`, { agent: false }));
    clients[0]?.socket.destroy();
    const tryIt = (): Promise<boolean> =>
      ask(`${url}/health`, { agent: false }).then(
        () => true,
        () => false,
      );
    let tries = 0;
    while (!(await tryIt())) assert.ok(++tries < 1_000);
  });

  it('never answer into the middle of a response', async () => {
    const upstream = await startUpstream((_request, response) => void response.write('begin'));
    const { port, recorder } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1');
    await client.until('begin');
    client.socket.write('\u0000garbage\r\n\r\n');
    await client.closed;
    assert.doesNotMatch(client.received, /no valid HTTP/);
    assert.equal((await recorder.ended()).ending?.how, 'client-abort');
  });

  it('close also for clients that do not', async () => {
    const { server, port } = await startGuarded();
    const idle = await RawClient.connect(port);
    const refused = await RawClient.connect(port);
    refused.socket.allowHalfOpen = true;
    refused.send('GET /v1/runs HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
    await refused.until('has no WebSocket');
    await server.close();
    await idle.closed;
  });

  it('say so when the port is in use', async () => {
    const { port, proxy } = await startGuarded();
    await assert.rejects(
      startServer({ port, proxy, api: () => undefined }),
      new RegExp(`Port ${port} cannot be used for the capture: another program uses it`),
    );
  });
});
