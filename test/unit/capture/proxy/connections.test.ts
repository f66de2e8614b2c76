import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { Proxy } from '../../../../src/capture/proxy/proxy.js';
import { milliseconds } from '../../../../src/model/units.js';
import {
  RawClient,
  afterwards,
  ask,
  authorityPath,
  closeAll,
  problemIn,
  startCapture,
  startRawUpstream,
  startUpstream,
} from './harness.js';
import { NotedRecorder } from './notedRecorder.js';

const okay = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Sets variables of the environment until the test is over. */
function setEnvironment(variables: Readonly<Record<string, string>>): void {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'];
  const all = [...names, ...names.map((name) => name.toLowerCase())];
  const before = all.map((name) => [name, process.env[name]] as const);
  for (const name of all) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, variables);
  afterwards(() => {
    for (const [name, value] of before) {
      Reflect.deleteProperty(process.env, name);
      if (value !== undefined) process.env[name] = value;
    }
  });
}

/** Passes what comes on to this machine's port, whatever host was asked for; notes what was asked. */
async function startForwardProxy(
  port: number,
  status = 200,
): Promise<{ url: string; asked: string[]; authorized: (string | undefined)[] }> {
  const asked: string[] = [];
  const authorized: (string | undefined)[] = [];
  const note = ({ method, url, headers }: IncomingMessage): void => {
    asked.push(`${method ?? ''} ${url ?? ''}`);
    authorized.push(headers['proxy-authorization']);
  };
  const server = http.createServer((request, response) => {
    note(request);
    const path = (request.url ?? '').replace(/^http:\/\/[^/]+/, '');
    http.get({ port, path, host: '127.0.0.1' }, (incoming) => incoming.pipe(response));
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    note(request);
    socket.on('error', () => socket.destroy());
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const upstream = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address() as AddressInfo;
  return { url: `http://me:p%40ss@127.0.0.1:${address.port}`, asked, authorized };
}

describe('connections to an upstream', () => {
  afterEach(closeAll);

  it('are used again, and so are those of the agent', async () => {
    const upstream = await startUpstream((request, response) => {
      request.resume().once('end', () => response.end(request.url));
    });
    let connections = 0;
    upstream.server.on('connection', () => connections++);
    const { port, recorder } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    for (let number = 0; number < 10; number++) {
      client.send(`POST /model/${number} HTTP/1.1`, 'Content-Length: 2');
      client.socket.write('{}');
      await client.until(`/${number}`);
      await recorder.ended(number);
    }
    assert.equal(connections, 1);
  });

  it('that went stale are tried once more, with the whole body', async () => {
    const requests: string[] = [];
    let connections = 0;
    const url = await startRawUpstream((socket) => {
      const number = ++connections;
      socket.on('data', (bytes) => {
        requests.push(bytes.toString().split('\r\n\r\n')[1] ?? '');
        // The first connection serves one request, and is gone when the second one comes.
        if (number === 1 && requests.length === 2) socket.resetAndDestroy();
        else socket.write(okay);
      });
    });
    const { url: ours, recorder } = await startCapture(url);
    await ask(`${ours}/model/x`, { method: 'POST', body: 'first' });
    await recorder.ended(0);
    const answer = await ask(`${ours}/model/x`, { method: 'POST', body: 'second' });
    assert.equal(answer.body.toString(), 'ok');
    assert.deepEqual(requests, ['first', 'second', 'second']);
    const { calls, body } = await recorder.ended(1);
    assert.equal(calls.filter((call) => call === 'requestSent').length, 1);
    assert.equal(body?.toString(), 'second');
  });

  for (const [why, keptBodyBytes, expected] of [
    ['when they break again', 100, 3],
    ['when the body was not kept', 3, 2],
  ] as const) {
    it(`are not tried again ${why}`, async () => {
      let requests = 0;
      const url = await startRawUpstream((socket) => {
        socket.on('data', () => {
          if (requests++ === 0) socket.write(okay);
          else socket.resetAndDestroy();
        });
      });
      const { url: ours, recorder } = await startCapture(url, { limits: { keptBodyBytes } });
      await ask(`${ours}/model/x`, { method: 'POST', body: 'x' });
      await recorder.ended(0);
      await assert.rejects(ask(`${ours}/model/x`, { method: 'POST', body: 'long' }));
      assert.equal((await recorder.ended(1)).ending?.how, 'upstream-reset');
      assert.equal(requests, expected);
    });
  }

  it('may be TLS with an authority of the settings, and not with an unknown one', async () => {
    const upstream = await startUpstream((_request, response) => response.end('secret'), {
      tls: true,
    });
    const trusting = await startCapture(upstream.url, {
      settings: { extraCertificatesPath: authorityPath },
    });
    assert.equal((await ask(`${trusting.url}/model/x`)).body.toString(), 'secret');
    const { calls, times } = await trusting.recorder.ended();
    assert.equal(calls[0], 'requestSent');
    assert.deepEqual(
      [...times].sort((one, other) => one - other),
      times,
    );
    const other = await startCapture(upstream.url);
    const answer = await ask(`${other.url}/model/x`);
    assert.equal(answer.status, 502);
    assert.match(problemIn(answer.body).detail, /certificate is not trusted/);
    assert.equal((await other.recorder.ended()).ending?.how, 'unreachable');
  });

  it('with TLS to a port that does not speak it say so', async () => {
    const upstream = await startUpstream((_request, response) => response.end());
    const { url } = await startCapture(upstream.url.replace('http:', 'https:'));
    const answer = await ask(`${url}/model/x`);
    assert.equal(answer.status, 502);
    assert.match(problemIn(answer.body).detail, /does not speak TLS/);
  });

  it('need readable certificates', () => {
    const settings = {
      ...{ port: 0, upstreams: {}, idleTimeoutMs: milliseconds(0) },
      redaction: { useDefaults: true, keys: [], patterns: [] },
      sampling: { storeTokens: true, storeResponses: true, tokenSampleRate: 1 },
      experimental: { openMetrics: false },
    };
    for (const extraCertificatesPath of ['/no/such/file.pem', import.meta.filename]) {
      const make = (): Proxy =>
        new Proxy({
          settings: { ...settings, extraCertificatesPath },
          recorder: new NotedRecorder(),
        });
      assert.throws(make, /extra certificates in .* cannot be read. Name a PEM file/);
    }
  });

  it('go through the HTTPS proxy of the environment, with its password', async () => {
    const upstream = await startUpstream((request, response) => response.end(request.url), {
      tls: true,
    });
    const forward = await startForwardProxy(upstream.port);
    setEnvironment({ https_proxy: forward.url });
    const { url, recorder } = await startCapture(`https://model.test:${upstream.port}/v1`, {
      settings: { extraCertificatesPath: authorityPath },
    });
    for (const path of ['/a', '/b']) {
      assert.equal((await ask(`${url}/model${path}`)).body.toString(), `/v1${path}`);
    }
    await recorder.ended(1);
    assert.deepEqual(forward.asked, [`CONNECT model.test:${upstream.port}`]);
    assert.deepEqual(forward.authorized, [`Basic ${btoa('me:p@ss')}`]);
  });

  it('go through the HTTP proxy of the environment with their whole address', async () => {
    const upstream = await startUpstream((request, response) => response.end(request.url));
    const forward = await startForwardProxy(upstream.port);
    setEnvironment({ HTTP_PROXY: forward.url, NO_PROXY: 'direct.test' });
    const { url } = await startCapture({
      far: 'http://model.test/v1',
      near: upstream.url,
      direct: 'http://direct.test',
    });
    assert.equal((await ask(`${url}/far/a%7Cb?x=|`)).body.toString(), '/v1/a%7Cb?x=|');
    assert.equal((await ask(`${url}/near/y`)).body.toString(), '/y');
    assert.equal((await ask(`${url}/direct/y`)).status, 502);
    assert.deepEqual(forward.asked, ['GET http://model.test/v1/a%7Cb?x=|']);
    assert.deepEqual(forward.authorized, [`Basic ${btoa('me:p@ss')}`]);
  });

  it("are not made when that proxy refuses, and its refusal is not taken for the model's", async () => {
    const forward = await startForwardProxy(1, 407);
    setEnvironment({ HTTPS_PROXY: forward.url });
    const { url, recorder } = await startCapture('https://model.test');
    const answer = await ask(`${url}/model/x`);
    assert.equal(answer.status, 502);
    assert.match(problemIn(answer.body).detail, /proxy in between answered 407/);
    assert.equal((await recorder.ended()).ending?.how, 'unreachable');
  });

  it('are not made through a proxy of a kind that is not known', async () => {
    setEnvironment({ ALL_PROXY: 'socks5://127.0.0.1:1080' });
    const { url } = await startCapture('https://model.test');
    const answer = await ask(`${url}/model/x`);
    assert.equal(answer.status, 502);
    assert.match(problemIn(answer.body).detail, /no http:\/\/ or https:\/\/ address/);
  });

  it('are left by an agent that goes while they are being made', async () => {
    const silent = await startRawUpstream(() => undefined);
    const { port, recorder, proxy } = await startCapture(silent.replace('http:', 'https:'));
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1');
    await recorder.when(() => true);
    client.socket.destroy();
    const { ending, calls } = await recorder.ended();
    assert.deepEqual(ending, { how: 'client-abort' });
    assert.ok(!calls.includes('requestSent'));
    assert.equal(proxy.active, 0);
  });
});
