import assert from 'node:assert/strict';
import {
  RawClient,
  ask,
  closeAll,
  startCapture,
  startRawUpstream,
  startUpstream,
} from './harness.js';

/** An upstream that answers every request with the same bytes, and notes what it was sent. */
async function scripted(answer: string): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const url = await startRawUpstream((socket) => {
    socket.on('data', (bytes) => {
      requests.push(bytes.toString('latin1'));
      socket.write(answer, 'latin1');
    });
  });
  return { url, requests };
}

describe('heads that the proxy passes on', () => {
  afterEach(closeAll);

  it('keep their order, case and number, and lose what belongs to one connection', async () => {
    const { url, requests } = await scripted('HTTP/1.1 204 No Content\r\n\r\n');
    const { port } = await startCapture(`${url}/base/`);
    const client = await RawClient.connect(port);
    client.send(
      'GET /model/a%2Fb?q=%7e&e= HTTP/1.1',
      ...['X-Twice: one', 'x-CASE: \u00e9', 'Connection: keep-alive, X-Mine', 'X-Mine: 1'],
      ...['TE: trailers', 'Proxy-Authorization: Basic x', 'X-Twice: two'],
      ...['Authorization: Bearer k', 'Accept-Encoding: gzip'],
    );
    await client.until('\r\n\r\n');
    assert.deepEqual(requests.join('').split('\r\n'), [
      'GET /base/a%2Fb?q=%7e&e= HTTP/1.1',
      `Host: ${url.slice('http://'.length)}`,
      ...['X-Twice: one', 'x-CASE: \u00e9', 'X-Twice: two', 'Authorization: Bearer k'],
      ...['Accept-Encoding: identity', 'Connection: keep-alive', '', ''],
    ]);
  });

  it('come back with status, reason, order, case and every cookie', async () => {
    const { url } = await scripted(
      'HTTP/1.1 299 Quite Fine\r\nX-B: 2\r\nset-cookie: a=1\r\nx-a: \u00e9\r\nSet-Cookie: b=2\r\n' +
        'Keep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\nhi',
    );
    const { port } = await startCapture(url);
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1');
    const [first, ...lines] = (await client.until('hi')).split('\r\n');
    assert.equal(first, 'HTTP/1.1 299 Quite Fine');
    assert.deepEqual(lines.slice(0, 5), [
      ...['X-B: 2', 'set-cookie: a=1', 'x-a: \u00e9', 'Set-Cookie: b=2', 'Content-Length: 2'],
    ]);
    assert.ok(!lines.some((line) => /^(date|transfer-encoding)/i.test(line)));
    assert.ok(!lines.includes('Keep-Alive: timeout=9'));
  });

  it('of streams say that nothing may buffer them, unless the upstream says something', async () => {
    let own: Record<string, string> = {};
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', ...own });
      response.end();
    });
    const { url } = await startCapture(upstream.url);
    const first = await ask(`${url}/model/x`);
    assert.equal(first.headers['x-accel-buffering'], 'no');
    assert.equal(first.headers['cache-control'], 'no-cache, no-transform');
    own = { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'yes' };
    const second = await ask(`${url}/model/x`);
    assert.equal(second.headers['x-accel-buffering'], 'yes');
    assert.equal(second.headers['cache-control'], 'no-store');
    own = { 'Content-Type': 'application/json' };
    const third = await ask(`${url}/model/x`);
    assert.equal(third.headers['x-accel-buffering'], undefined);
    assert.equal(third.headers['cache-control'], undefined);
  });

  it('without a body stay without one: HEAD, 204, 304, an empty POST', async () => {
    const lengths: (string | undefined)[] = [];
    const upstream = await startUpstream((request, response) => {
      lengths.push(request.headers['content-length'] ?? request.headers['transfer-encoding']);
      const status = Number(request.url?.slice(1));
      response.writeHead(
        status,
        request.method === 'HEAD' ? { 'Content-Length': 5 } : { ETag: 'x' },
      );
      response.end();
    });
    const { url, recorder } = await startCapture(upstream.url);
    const head = await ask(`${url}/model/200`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length']], [200, '5']);
    for (const status of [204, 304]) {
      const answer = await ask(`${url}/model/${status}`);
      assert.deepEqual([answer.status, answer.body.length], [status, 0]);
      assert.equal(answer.headers['transfer-encoding'], undefined);
    }
    const posted = await ask(`${url}/model/200`, { method: 'POST' });
    assert.equal(posted.status, 200);
    assert.deepEqual(lengths, [undefined, undefined, undefined, '0']);
    assert.deepEqual((await recorder.ended(0)).ending, { how: 'complete' });
  });

  it('have their trailers, in both directions', async () => {
    let received: NodeJS.Dict<string> = {};
    const upstream = await startUpstream((request, response) => {
      request.resume().once('end', () => {
        received = request.trailers;
        response.writeHead(200, { Trailer: 'X-Sum' });
        response.write('body');
        response.addTrailers({ 'X-Sum': '42' });
        response.end();
      });
    });
    const { port } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    client.send('POST /model/x HTTP/1.1', 'Transfer-Encoding: chunked', 'Trailer: X-Up');
    client.socket.write('2\r\nhi\r\n0\r\nX-Up: 7\r\n\r\n');
    assert.match(await client.until('X-Sum: 42\r\n\r\n'), /0\r\nX-Sum: 42\r\n\r\n$/);
    assert.deepEqual({ ...received }, { 'x-up': '7' });
  });

  it('of a body without end come to an old client as a connection that closes', async () => {
    const { url } = await scripted(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    );
    const { port } = await startCapture(url);
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.0');
    await client.closed;
    assert.match(client.received, /\r\n\r\nhi$/);
    assert.doesNotMatch(client.received, /transfer-encoding/i);
  });

  it('may come in advance: early hints, and "continue" for the agent that waits for it', async () => {
    const upstream = await startUpstream(() => undefined);
    upstream.server.on('checkContinue', (request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeContinue();
      request.once('data', (body: Buffer) => response.end(`got ${body.toString()}`));
    });
    const { port, recorder } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    client.send('POST /model/x HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 2');
    const early = await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    assert.match(
      early,
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>; rel=preload\r\n\r\n/i,
    );
    client.socket.write('hi');
    await client.until('got hi');
    assert.equal((await recorder.ended()).body?.toString(), 'hi');
  });

  it('refuse a body in advance where the upstream does', async () => {
    const upstream = await startUpstream(() => undefined);
    upstream.server.on('checkContinue', (_request, response) => response.writeHead(401).end('no'));
    const { port } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    client.send('POST /model/x HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 2');
    const received = await client.until('no');
    assert.match(received, /^HTTP\/1\.1 401 Unauthorized/);
    assert.doesNotMatch(received, /100 Continue/);
  });

  it('that are no HTTP are answered with a sentence', async () => {
    const { url } = await scripted('SSH-2.0-OpenSSH_9.2\r\n');
    const { url: ours, recorder } = await startCapture(url);
    await assert.rejects(ask(`${ours}/model/x`), { code: 'ECONNRESET' });
    const { ending } = await recorder.ended();
    assert.equal(ending?.how, 'upstream-reset');
    assert.match('message' in ending ? ending.message : '', /no HTTP\/1\.1/);
  });

  for (const [what, head] of [
    ['a control character in the reason', '200 O\u0001K\r\n\r\n'],
    ['a control character in a header', '200 OK\r\nX-A: a\u0001b\r\n\r\n'],
    ['a DEL in a header', '200 OK\r\nX-A: a\u007fb\r\n\r\n'],
    ['a NUL in a header', '200 OK\r\nX-A: a\u0000b\r\n\r\n'],
    ['a status below 100', '042 Odd\r\n\r\n'],
    ['a status of 999', '999 Odd\r\nContent-Length: 0\r\n\r\n'],
    ['a status without an upgrade', '101 Switching Protocols\r\n\r\n'],
    ['an odd header name', '200 OK\r\nX(A): a\r\nContent-Length: 0\r\n\r\n'],
    ['two lengths', '200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    ['an odd length', '200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a trailer announced without chunks', '200 OK\r\nTrailer: X\r\nContent-Length: 0\r\n\r\n'],
    ['a trailer of 204', '204 No\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a broken trailer', '200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\u0001b\r\n\r\n'],
  ] as const) {
    it(`with ${what} end in some way, and the next request is served`, async () => {
      let answer = `HTTP/1.1 ${head}`;
      const url = await startRawUpstream((socket) => {
        socket.on('data', () => {
          socket.end(answer, 'latin1');
          answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
        });
      });
      const { url: ours, recorder } = await startCapture(url);
      await ask(`${ours}/model/x`).catch(() => undefined);
      await recorder.ended(0);
      assert.equal((await ask(`${ours}/model/x`)).body.toString(), 'ok');
    });
  }

  it('serve pipelined requests in their order', async () => {
    const upstream = await startUpstream((request, response) => {
      setTimeout(() => response.end(request.url), request.url === '/slow' ? 30 : 0);
    });
    const { port, recorder } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    client.send('GET /model/slow HTTP/1.1').send('GET /model/fast HTTP/1.1');
    assert.match(await client.until('/fast'), /\/slow[^]*\/fast/);
    await Promise.all([recorder.ended(0), recorder.ended(1)]);
  });

  it('ask a path of the base URL even where nothing follows the name', async () => {
    const { url, requests } = await scripted('HTTP/1.1 204 No Content\r\n\r\n');
    const { url: ours } = await startCapture({ bare: url, based: `${url}/v1` });
    for (const path of [
      '/bare',
      '/bare/',
      '/bare?x',
      '/based',
      '/based?x',
      '/run/my%20run/based//y',
    ]) {
      await ask(`${ours}${path}`);
    }
    const targets = requests.map((request) => request.split(' ')[1]);
    assert.deepEqual(targets, ['/', '/', '/?x', '/v1', '/v1?x', '/v1//y']);
  });
});
