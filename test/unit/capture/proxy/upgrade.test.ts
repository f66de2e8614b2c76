import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import net, { type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { milliseconds } from '../../../../src/model/units.js';
import { Told } from '../../store/waiting.js';
import {
  RawClient,
  type TestUpstream,
  afterwards,
  closeAll,
  startCapture,
  startRawUpstream,
  startUpstream,
} from './harness.js';

/** An upstream whose WebSockets say what they hear, and "bye" before they close. */
async function startEcho(): Promise<TestUpstream> {
  const upstream = await startUpstream((_request, response) => response.writeHead(426).end('no'));
  const echo = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  upstream.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    echo.handleUpgrade(request, socket, head, (client) => {
      client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
    });
  });
  afterwards(() => {
    for (const client of echo.clients) client.terminate();
  });
  return upstream;
}

describe('an upgrade to another protocol', () => {
  afterEach(closeAll);

  it('passes through: text, large binary frames, and the close with its code', async () => {
    const upstream = await startEcho();
    const { url, recorder, proxy } = await startCapture(upstream.url);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/run/talk/model/realtime?m=1`);
    await once(socket, 'open');
    socket.send('hello');
    const [text] = (await once(socket, 'message')) as [Buffer];
    assert.equal(text.toString(), 'hello');
    const large = Buffer.alloc(3_000_000, 7);
    socket.send(large);
    const [binary] = (await once(socket, 'message')) as [Buffer];
    assert.deepEqual(binary, large);
    assert.equal(proxy.active, 1);
    socket.close(4_000, 'enough');
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 4_000);
    const { calls, ending, head, response } = await recorder.ended();
    assert.deepEqual(calls, ['requestSent', 'requestBody', 'upgraded', 'ended']);
    assert.deepEqual(ending, { how: 'complete' });
    assert.deepEqual([head.runName, head.path, response?.status], ['talk', '/realtime', 101]);
    assert.equal(proxy.active, 0);
  });

  it('that the upstream refuses is answered with its response', async () => {
    const upstream = await startUpstream(() => undefined);
    upstream.server.on('upgrade', (_request, socket: Duplex) => {
      socket.end('HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nContent-Length: 5\r\n\r\nnever');
    });
    const { url, recorder } = await startCapture(upstream.url);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/model/x`);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    assert.deepEqual([response.statusCode, response.headers['x-why']], [403, 'no']);
    response.resume();
    const { calls, readBytes } = await recorder.ended();
    assert.ok(calls.includes('responseHead'));
    assert.equal(readBytes.toString(), 'never');
  });

  it('to an upstream that is not there is answered with 502', async () => {
    const gone = await startUpstream(() => undefined);
    gone.server.close();
    const { port, recorder } = await startCapture(gone.url);
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
    await client.closed;
    assert.match(client.received, /^HTTP\/1\.1 502 [^]*nothing listens there/);
    assert.equal((await recorder.ended()).ending?.how, 'unreachable');
  });

  it('ends with the upstream, and is told whether it broke', async () => {
    const url = await startRawUpstream((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Go on\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nraw');
        socket.once('data', () => socket.resetAndDestroy());
      });
    });
    const { port, recorder } = await startCapture(url);
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
    assert.match(await client.until('raw'), /^HTTP\/1\.1 101 Go on\r\n/);
    client.socket.write('break');
    await client.closed;
    assert.equal((await recorder.ended()).ending?.how, 'upstream-reset');
  });

  it('that the upstream does not answer is given up', async () => {
    const url = await startRawUpstream((socket) => void socket.resume());
    const { port, recorder } = await startCapture(url, {
      settings: { idleTimeoutMs: milliseconds(60) },
    });
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
    await client.closed;
    assert.match(client.received, /^HTTP\/1\.1 504 [^]*was silent for 0\.06 s/);
    assert.equal((await recorder.ended()).ending?.how, 'timeout');
  });

  it('whose agent leaves before the answer cancels the upstream request', async () => {
    const asked = new Told<Socket>();
    const url = await startRawUpstream((socket) => {
      socket.once('data', () => asked.tell(socket));
      socket.on('end', () => socket.end());
    });
    const { port, recorder } = await startCapture(url);
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
    const upstream = await asked.next(() => true);
    client.socket.end();
    assert.deepEqual((await recorder.ended()).ending, { how: 'client-abort' });
    if (!upstream.closed) await once(upstream, 'close');
  });

  it('ends with the upstream, also when the agent keeps its end of the connection open', async () => {
    const answers = [
      'HTTP/1.1 101 Go on\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbye',
      'HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nbye',
    ];
    for (const answer of answers) {
      const url = await startRawUpstream((socket) => {
        socket.once('data', () => socket.end(answer));
      });
      const { port, recorder, proxy } = await startCapture(url);
      const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      afterwards(() => client.destroy());
      client.on('error', () => client.destroy());
      const head = ['GET /model/x HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Connection: Upgrade'];
      client.write([...head, 'Upgrade: websocket', '\r\n'].join('\r\n'));
      let received = '';
      client.setEncoding('latin1').on('data', (text: string) => (received += text));
      await once(client, 'end');
      assert.match(received, /\r\n\r\nbye$/);
      assert.deepEqual((await recorder.ended()).ending, { how: 'complete' });
      assert.equal(proxy.active, 0);
    }
  }).timeout(20_000);

  it('passes on what the agent says before it is answered', async () => {
    const asked = new Told<Socket>();
    const url = await startRawUpstream(
      (socket) => void socket.once('data', () => asked.tell(socket)),
    );
    const { port } = await startCapture(url);
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
    const upstream = await asked.next(() => true);
    let heard = '';
    upstream.setEncoding('latin1').on('data', (text: string) => (heard += text));
    await new Promise((resolve) => client.socket.write('early ', resolve));
    upstream.write('HTTP/1.1 101 Go on\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await client.until('101');
    client.socket.write('late');
    while (heard !== 'early late') await once(upstream, 'data');
  });

  it('is stopped with the capture', async () => {
    const upstream = await startEcho();
    const { url, recorder, proxy } = await startCapture(upstream.url);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/model/x`);
    await once(socket, 'open');
    proxy.close();
    assert.deepEqual((await recorder.ended()).ending, { how: 'stopped' });
    await once(socket, 'close');
  });

  it('to HTTP/2 is not taken up: the request is served as it is, and recorded', async () => {
    const upstream = await startUpstream((request, response) => {
      request.once('data', (body: Buffer) => response.end(`got ${body.toString()}`));
    });
    const { port, recorder } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    const offer = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMA'];
    for (const body of ['one', 'two']) {
      client.send('POST /model/x HTTP/1.1', ...offer, 'Content-Length: 3');
      client.socket.write(body);
      await client.until(`got ${body}`);
    }
    // Its head and body in one packet.
    const host = `Host: 127.0.0.1:${port}`;
    const head = ['POST /model/x HTTP/1.1', host, ...offer, 'Content-Length: 5'].join('\r\n');
    client.socket.write(`${head}\r\n\r\nthree`);
    await client.until('got three');
    assert.equal((await recorder.ended(2)).body?.toString(), 'three');
  });
});
