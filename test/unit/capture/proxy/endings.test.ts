import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { milliseconds } from '../../../../src/model/units.js';
import { Told } from '../../store/waiting.js';
import {
  RawClient,
  afterwards,
  ask,
  closeAll,
  problemIn,
  startCapture,
  startRawUpstream,
  startUpstream,
} from './harness.js';

const seconds = (count: number): number => count * 1_000;

describe('how an exchange ends', () => {
  afterEach(closeAll);

  it('the agent leaves: the upstream request is cancelled at once', async () => {
    let cancelled = Promise.resolve<unknown>(undefined);
    const upstream = await startUpstream((_request, response) => {
      response.write('some');
      cancelled = once(response, 'close');
    });
    const { port, recorder, proxy } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1');
    await client.until('some');
    client.socket.destroy();
    await cancelled;
    const { ending, delivery } = await recorder.ended();
    assert.deepEqual(ending, { how: 'client-abort' });
    assert.deepEqual(delivery, { bytes: 4, isWhole: true });
    assert.equal(proxy.active, 0);
  });

  it('the agent leaves before the upstream answers, and before its body is whole', async () => {
    const upstream = await startUpstream((request) => void request.resume());
    const { port, recorder } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    client.send('POST /model/x HTTP/1.1', 'Content-Length: 100');
    client.socket.write('part');
    await recorder.when(({ calls }) => calls.includes('requestSent'));
    client.socket.destroy();
    const { ending, calls, body, isBodyCut } = await recorder.ended();
    assert.deepEqual(ending, { how: 'client-abort' });
    assert.deepEqual(calls, ['requestSent', 'requestBody', 'ended']);
    assert.deepEqual([body?.toString(), isBodyCut], ['part', true]);
  });

  for (const framing of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
    it(`the upstream's connection breaks (${framing}): so does the agent's`, async () => {
      const url = await startRawUpstream((socket) => {
        socket.once('data', () => {
          socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n4\r\nsome\r\n`);
          setTimeout(() => socket.resetAndDestroy(), 20);
        });
      });
      const { port, recorder } = await startCapture(url);
      const client = await RawClient.connect(port);
      client.send('GET /model/x HTTP/1.1');
      await client.closed;
      assert.match(client.received, /some\r\n$/);
      const { ending, delivery } = await recorder.ended();
      assert.equal(ending?.how, 'upstream-reset');
      assert.equal(delivery?.isWhole, true);
    });
  }

  it("an old client's connection is reset, because a plain end would look whole", async () => {
    const url = await startRawUpstream((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n');
        setTimeout(() => socket.destroy(), 20);
      });
    });
    const { port } = await startCapture(url);
    const client = await RawClient.connect(port);
    const broken = once(client.socket, 'error');
    client.send('GET /model/x HTTP/1.0');
    const [error] = (await broken) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
  });

  it('a response that ends with its connection is whole', async () => {
    const url = await startRawUpstream((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'));
    });
    const { url: ours, recorder } = await startCapture(url);
    assert.equal((await ask(`${ours}/model/x`)).body.toString(), 'all of it');
    assert.deepEqual((await recorder.ended()).ending, { how: 'complete' });
  });

  it('the upstream closes before it answers', async () => {
    const url = await startRawUpstream((socket) => socket.once('data', () => socket.destroy()));
    const { url: ours, recorder } = await startCapture(url);
    await assert.rejects(ask(`${ours}/model/x`, { method: 'POST', body: '{}' }), {
      code: 'ECONNRESET',
    });
    const { ending, calls } = await recorder.ended();
    assert.equal(ending?.how, 'upstream-reset');
    assert.deepEqual(calls, ['requestSent', 'requestBody', 'ended']);
  });

  it('nothing listens: 502 with a sentence for people and an error for clients', async () => {
    const gone = await startUpstream(() => undefined);
    gone.server.close();
    const { url, recorder } = await startCapture(gone.url);
    const answer = await ask(`${url}/model/x`, { method: 'POST', body: '{"model":"m"}' });
    assert.equal(answer.status, 502);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    const problem = problemIn(answer.body);
    assert.match(problem.detail, /"model" \(localhost:\d+\): nothing listens there/);
    assert.deepEqual(problem.error, { message: problem.detail, type: 'upstream_unreachable' });
    const { ending, calls, body } = await recorder.ended();
    assert.deepEqual(ending, { how: 'unreachable', message: problem.detail });
    assert.deepEqual(calls, ['requestBody', 'ended']);
    assert.equal(body?.toString(), '{"model":"m"}');
  });

  it('there is no such host', async () => {
    const { url, recorder } = await startCapture('http://no-such-host.invalid');
    assert.equal((await ask(`${url}/model/x`)).status, 502);
    assert.equal((await recorder.ended()).ending?.how, 'unreachable');
  });

  it('the upstream never answers: 504', async () => {
    const upstream = await startUpstream(() => undefined);
    const { url, recorder } = await startCapture(upstream.url, {
      settings: { idleTimeoutMs: milliseconds(60) },
    });
    const answer = await ask(`${url}/model/x`);
    assert.equal(answer.status, 504);
    assert.match(problemIn(answer.body).detail, /was silent for 0\.06 s/);
    assert.equal((await recorder.ended()).ending?.how, 'timeout');
  });

  it('the upstream falls silent: the response is cut, and what had come is kept', async () => {
    const upstream = await startUpstream((_request, response) => void response.write('some'));
    const { url, recorder } = await startCapture(upstream.url, {
      settings: { idleTimeoutMs: milliseconds(500) },
    });
    await assert.rejects(ask(`${url}/model/x`), { code: 'ECONNRESET' });
    const { ending, readBytes } = await recorder.ended();
    assert.equal(ending?.how, 'timeout');
    assert.equal(readBytes.toString(), 'some');
  });

  it('a stream may be as slow as it likes, as long as it is not silent', async () => {
    const upstream = await startUpstream((_request, response) => {
      let count = 0;
      const timer = setInterval(() => {
        response.write('.');
        if (++count === 16) response.end(() => clearInterval(timer));
      }, 50);
      afterwards(() => clearInterval(timer));
    });
    const { url } = await startCapture(upstream.url, {
      settings: { idleTimeoutMs: milliseconds(500) },
      serverLimits: { headMs: 300, requestMs: 300, checkMs: 20, idleConnectionMs: 300 },
    });
    assert.equal((await ask(`${url}/model/x`)).body.length, 16);
  });

  it('a body that is too large is refused, with or without a declared length', async () => {
    const upstream = await startUpstream((request) => void request.resume());
    const { url, recorder } = await startCapture(upstream.url, { limits: { bodyBytes: 1_024 } });
    const body = Buffer.alloc(5_000_000);
    for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }]) {
      const answer = await ask(`${url}/model/x`, { method: 'POST', headers, body });
      assert.equal(answer.status, 413);
      assert.match(problemIn(answer.body).detail, /larger than the/);
    }
    for (const number of [0, 1]) {
      const { ending } = await recorder.ended(number);
      assert.equal(ending?.how === 'refused' && ending.status, 413);
    }
  });

  it('a body that grows too large cancels the upstream request', async () => {
    const closed: Promise<unknown>[] = [];
    const upstream = await startUpstream((request, response) => {
      closed.push(once(response, 'close'));
      request.resume();
    });
    const { port, recorder } = await startCapture(upstream.url, { limits: { bodyBytes: 1_000 } });
    const client = await RawClient.connect(port);
    const chunk = `258\r\n${'x'.repeat(600)}\r\n`;
    const arrived = once(upstream.server, 'request');
    client.send('POST /model/x HTTP/1.1', 'Transfer-Encoding: chunked');
    client.socket.write(chunk);
    await arrived;
    client.socket.write(chunk);
    await client.until('413 Payload Too Large');
    assert.equal((await recorder.ended()).ending?.how, 'refused');
    assert.equal(closed.length, 1);
    await Promise.all(closed);
  });

  it('the recorder is given the beginning of a large body, the upstream all of it', async () => {
    let bytes = 0;
    const upstream = await startUpstream((request, response) => {
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      request.once('end', () => response.end());
    });
    const { url, recorder } = await startCapture(upstream.url, {
      limits: { keptBodyBytes: 1_000 },
    });
    await ask(`${url}/model/x`, { method: 'POST', body: Buffer.alloc(3_000_000, 'x') });
    const { body, isBodyCut } = await recorder.ended();
    assert.equal(bytes, 3_000_000);
    assert.deepEqual([body?.length, isBodyCut], [1_000, true]);
  });

  it('all bodies that wait for an answer share what may be kept of them', async () => {
    const asked = new Told<ServerResponse>();
    const upstream = await startUpstream((request, response) => {
      request.resume().once('end', () => asked.tell(response));
    });
    const { url, recorder } = await startCapture(upstream.url, {
      limits: { keptBodyBytes: 1_000, allKeptBodyBytes: 1_500 },
    });
    const send = () => ask(`${url}/model/x`, { method: 'POST', body: Buffer.alloc(1_000, 'x') });
    const first = send();
    await asked.next(() => true);
    const second = send();
    await asked.next(() => true, 1);
    for (const response of asked.all) response.end();
    await Promise.all([first, second]);
    const third = send();
    (await asked.next(() => true, 2)).end();
    await third;
    await recorder.ended(2);
    assert.deepEqual(
      recorder.exchanges.map(({ body, isBodyCut }) => [body?.length, isBodyCut]),
      [
        [1_000, false],
        [500, true],
        [1_000, false],
      ],
    );
  });

  it('the upstream answers before it has read the body', async () => {
    const upstream = await startUpstream((_request, response) => response.writeHead(401).end('no'));
    const { url, recorder } = await startCapture(upstream.url);
    const answer = await ask(`${url}/model/x`, { method: 'POST', body: Buffer.alloc(20_000_000) });
    assert.deepEqual([answer.status, answer.body.toString()], [401, 'no']);
    const { ending, calls } = await recorder.ended();
    assert.deepEqual(ending, { how: 'complete' });
    assert.deepEqual(calls.slice(0, 3), ['requestSent', 'requestBody', 'responseHead']);
  });

  it('more requests than allowed are told to come again', async () => {
    const open: ServerResponse[] = [];
    const upstream = await startUpstream((_request, response) => {
      response.write('x');
      open.push(response);
    });
    const { url, recorder, proxy } = await startCapture(upstream.url, { limits: { exchanges: 2 } });
    const streams = [ask(`${url}/model/1`), ask(`${url}/model/2`)];
    await Promise.all([0, 1].map((number) => recorder.when(({ response }) => !!response, number)));
    const refused = await ask(`${url}/model/3`);
    assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1']);
    for (const response of open) response.end();
    await Promise.all(streams);
    assert.equal(proxy.active, 0);
    assert.equal(recorder.exchanges.length, 2);
  });

  it('finishing lets open streams end and takes no new ones', async () => {
    let end = (): void => undefined;
    const upstream = await startUpstream((_request, response) => {
      response.write('begin ');
      end = () => void response.end('end');
    });
    const { url, proxy, recorder } = await startCapture(upstream.url);
    const stream = ask(`${url}/model/x`);
    await recorder.when(({ reads }) => reads.length > 0);
    let isFinished = false;
    const finished = proxy.finish().then(() => (isFinished = true));
    const refused = await ask(`${url}/model/x`);
    assert.equal(refused.status, 503);
    assert.match(problemIn(refused.body).detail, /being stopped/);
    assert.equal(isFinished, false);
    end();
    assert.equal((await stream).body.toString(), 'begin end');
    await finished;
  });

  it('closing ends every stream at once', async () => {
    const upstream = await startUpstream((_request, response) => void response.write('begin'));
    const { url, proxy, recorder } = await startCapture(upstream.url);
    const stream = assert.rejects(ask(`${url}/model/x`), { code: 'ECONNRESET' });
    await recorder.when(({ reads }) => reads.length > 0);
    proxy.close();
    const exchange = await recorder.ended();
    assert.deepEqual(exchange.ending, { how: 'stopped' });
    await stream;
    await proxy.finish();
  });

  it('an upstream that is the capture itself is refused', async () => {
    const closed = await startUpstream(() => undefined);
    closed.server.close();
    const settings = { port: closed.port };
    const { url, recorder } = await startCapture(`http://localhost:${closed.port}`, { settings });
    const answer = await ask(`${url}/model/x`);
    assert.equal(answer.status, 508);
    assert.equal(recorder.exchanges.length, 0);
  });

  it('the agent stops to read: it is given up after a while, and so is the upstream request', async () => {
    const piece = Buffer.alloc(64 * 1_024, 'x');
    let wasCancelled = (): void => undefined;
    const cancelled = new Promise<void>((resolve) => (wasCancelled = resolve));
    const upstream = await startUpstream((_request, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', write);
      };
      response.once('close', wasCancelled);
      write();
    });
    const { port, recorder, proxy } = await startCapture(upstream.url, {
      limits: { stuckMs: milliseconds(300) },
    });
    const client = await RawClient.connect(port);
    client.socket.pause();
    client.send('GET /model/x HTTP/1.1');
    const { ending } = await recorder.ended();
    assert.equal(ending?.how, 'timeout');
    assert.match(ending.message, /^The agent had not read .* 0\.3 s, and was given up\.$/);
    await cancelled;
    assert.equal(proxy.active, 0);
  });

  it('memory stays bounded however slowly the agent reads, and it gets every byte', async () => {
    const total = 64 * 1_024 * 1_024;
    let written = 0;
    const upstream = await startUpstream((_request, response) => {
      const piece = Buffer.alloc(64 * 1_024, 'x');
      const write = (): void => {
        while (written < total) {
          written += piece.length;
          if (!response.write(piece)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    const { port, recorder } = await startCapture(upstream.url, {
      // An agent that does not read is not a silent upstream.
      settings: { idleTimeoutMs: milliseconds(300) },
    });
    const client = await RawClient.connect(port);
    client.socket.pause();
    client.socket.removeAllListeners('data');
    client.send('GET /model/x HTTP/1.0');
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.ok(written < total / 2, `${written} bytes were taken from the upstream`);
    const read = recorder.exchanges[0]?.readBytes.length ?? 0;
    assert.ok(read < 20_000_000, `${read} bytes`);
    let bytes = 0;
    client.socket.on('data', (piece: Buffer) => (bytes += piece.length));
    client.socket.resume();
    await client.closed;
    assert.ok(bytes > total, `${bytes} bytes`);
    assert.deepEqual((await recorder.ended()).delivery, { bytes: total, isWhole: true });
  }).timeout(seconds(20));
});
