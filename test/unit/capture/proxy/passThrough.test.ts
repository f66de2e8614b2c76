import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import {
  RawClient,
  ask,
  closeAll,
  startCapture,
  startRawUpstream,
  startUpstream,
} from './harness.js';

describe('what the proxy passes through', function () {
  this.timeout(10_000);
  afterEach(closeAll);

  it('is the same for any body in any pieces, both ways', async () => {
    let pieces: Buffer[] = [];
    let isChunked = true;
    let received = Buffer.alloc(0);
    const upstream = await startUpstream((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.once('end', () => {
        received = Buffer.concat(parts);
        const length = pieces.reduce((sum, { length }) => sum + length, 0);
        response.writeHead(200, isChunked ? {} : { 'Content-Length': length });
        for (const piece of pieces) response.write(piece);
        response.end();
      });
    });
    const { url, recorder } = await startCapture(upstream.url);
    const bytes = fc
      .uint8Array({ minLength: 1, maxLength: 3_000 })
      .map((part) => Buffer.from(part));
    await fc.assert(
      fc.asyncProperty(
        ...[fc.array(bytes, { maxLength: 20 }), bytes, fc.boolean()],
        async (sent, body, withLength) => {
          [pieces, isChunked] = [sent, !withLength];
          const answer = await ask(`${url}/model/x`, { method: 'POST', body });
          assert.deepEqual(received, body);
          assert.deepEqual(answer.body, Buffer.concat(sent));
          if (isChunked) assert.deepEqual(answer.pieces, sent);
          const exchange = await recorder.ended(recorder.exchanges.length - 1);
          assert.deepEqual(exchange.body, body);
          assert.deepEqual(exchange.readBytes, answer.body);
          assert.deepEqual(exchange.ending, { how: 'complete' });
          assert.deepEqual(exchange.delivery, { bytes: answer.body.length, isWhole: true });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('comes one byte at a time where the upstream sends one byte at a time', async () => {
    const text = 'data: ⏱ {"a":1}\r\n\r\n: ping\n\ndata: [DONE]\n\n';
    const upstream = await startUpstream((_request, response) => {
      const send = async (): Promise<void> => {
        for (const byte of Buffer.from(text)) {
          response.write(Buffer.of(byte));
          await nextTurn();
        }
        response.end();
      };
      void send();
    });
    const { url, recorder } = await startCapture(upstream.url);
    const { body, pieces } = await ask(`${url}/model/x`);
    assert.equal(body.toString(), text);
    assert.ok(pieces.every(({ length }) => length === 1));
    assert.equal((await recorder.ended()).readBytes.toString(), text);
  });

  it('keeps 10 000 events of one write apart, and tells the recorder of few reads', async () => {
    const events = Array.from({ length: 10_000 }, (_, number) => `data: {"n":${number}}\n\n`);
    const upstream = await startUpstream((_request, response) => {
      response.socket?.cork();
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (const event of events) response.write(event);
      response.end();
      process.nextTick(() => response.socket?.uncork());
    });
    const { url, recorder } = await startCapture(upstream.url);
    const { body, pieces } = await ask(`${url}/model/x`);
    assert.equal(body.toString(), events.join(''));
    const exchange = await recorder.ended();
    assert.equal(exchange.readBytes.toString(), events.join(''));
    assert.ok(exchange.reads.length <= 100, `${exchange.reads.length} reads`);
    // An event that two reads of a socket share comes in two pieces.
    assert.ok(pieces.length >= events.length);
    assert.ok(pieces.length < events.length + 200, `${pieces.length} pieces`);
  });

  it('arrives before the response has ended, and its head before its first byte', async () => {
    let send: (text: string) => void = () => undefined;
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(200, { 'X-First': 'yes' });
      response.flushHeaders();
      send = (text) => void response.write(text);
    });
    const { port } = await startCapture(upstream.url);
    const client = await RawClient.connect(port);
    client.send('GET /model/x HTTP/1.1');
    await client.until('X-First: yes\r\n');
    send('first');
    await client.until('5\r\nfirst\r\n');
    send('second');
    await client.until('6\r\nsecond\r\n');
  });

  it('is still compressed where the agent refuses anything else', async () => {
    const zipped = gzipSync('hello '.repeat(100));
    const accepted: (string | undefined)[] = [];
    const upstream = await startUpstream((request, response) => {
      accepted.push(request.headers['accept-encoding']?.toString());
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      response.end(zipped);
    });
    const { url, recorder } = await startCapture(upstream.url);
    const headers = { 'Accept-Encoding': 'gzip, identity;q=0' };
    const { body, headers: answered } = await ask(`${url}/model/x`, { headers });
    assert.deepEqual(body, zipped);
    assert.equal(answered['content-encoding'], 'gzip');
    assert.deepEqual((await recorder.ended()).readBytes, zipped);
    await ask(`${url}/model/x`, { headers: { 'Accept-Encoding': 'gzip, br' } });
    await ask(`${url}/model/x`, { headers: { 'Accept-Encoding': '*;q=0, br' } });
    await ask(`${url}/model/x`);
    assert.deepEqual(accepted, ['gzip, identity;q=0', 'identity', '*;q=0, br', 'identity']);
  });

  it('keeps 200 streams at once apart', async () => {
    const upstream = await startUpstream((request, response) => {
      const send = async (): Promise<void> => {
        for (let part = 0; part < 20; part++) {
          response.write(`${request.url ?? ''}#${part} `);
          await nextTurn();
        }
        response.end();
      };
      void send();
    });
    const { url, recorder, proxy } = await startCapture(upstream.url);
    const numbers = Array.from({ length: 200 }, (_, number) => number);
    const answers = await Promise.all(
      numbers.map((number) => ask(`${url}/model/${number}`, { agent: false })),
    );
    for (const [number, { body }] of answers.entries()) {
      const parts = Array.from({ length: 20 }, (_, part) => `/${number}#${part} `);
      assert.equal(body.toString(), parts.join(''));
    }
    await Promise.all(numbers.map((number) => recorder.ended(number)));
    for (const { head, readBytes } of recorder.exchanges) {
      assert.ok(readBytes.toString().startsWith(`${head.path}#0 `));
    }
    assert.equal(proxy.active, 0);
  });

  it('is told to the recorder in order, with times that do not go back', async () => {
    const upstream = await startUpstream((_request, response) => {
      response.write('a');
      setTimeout(() => response.end('b'), 10);
    });
    const { url, recorder } = await startCapture(upstream.url);
    await ask(`${url}/model/chat?key=1`, { method: 'POST', body: '{}' });
    const exchange = await recorder.ended();
    assert.deepEqual(exchange.calls, [
      ...['requestSent', 'requestBody', 'responseHead', 'responseRead', 'ended'],
    ]);
    assert.deepEqual(
      [...exchange.times].sort((one, other) => one - other),
      exchange.times,
    );
    const { method, path, query, url: target, runName, upstream: name } = exchange.head;
    assert.deepEqual(
      [method, path, query, target, runName, name],
      ['POST', '/chat', '?key=1', `${upstream.url}/chat`, null, 'model'],
    );
  });

  it('gives pieces of one read one time, and pieces of two reads two', async () => {
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
    const url = await startRawUpstream((socket) => {
      socket.setNoDelay(true);
      socket.once('data', () => {
        socket.write(
          `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('a')}${chunk('b')}`,
        );
        setTimeout(() => socket.write(`${chunk('c')}${chunk('d')}0\r\n\r\n`), 30);
      });
    });
    const { url: ours, recorder } = await startCapture(url);
    const { pieces } = await ask(`${ours}/model/x`);
    assert.deepEqual(pieces.map(String), ['a', 'b', 'c', 'd']);
    const { reads, readTimes } = await recorder.ended();
    assert.deepEqual(reads.map(String), ['ab', 'cd']);
    const [first = 0, second = 0] = readTimes;
    assert.ok(second - first > 20_000, `${second - first} µs`);
  });
});
