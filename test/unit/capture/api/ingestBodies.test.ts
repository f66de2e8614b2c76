import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Problem, RunningApi, buildBundles, runStart, token, tokensOf } from './runningApi.js';

describe('bodies of ingest', function () {
  this.timeout(30_000);
  let api: RunningApi;

  before(async () => (api = await RunningApi.start(await buildBundles())));
  after(() => api.stop());
  beforeEach(() => (api.events.length = 0));

  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    api.ask<Problem>('/v1/events', {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers: { 'content-type': 'application/x-ndjson', ...headers },
    });

  it('unpacks gzip', async () => {
    const packed = gzipSync(JSON.stringify(runStart('packed')));
    assert.equal((await post(packed, { 'content-encoding': 'gzip' })).status, 200);
    assert.deepEqual(
      api.events.map(({ type }) => type),
      ['run-started'],
    );
  });

  describe('of too large a body', () => {
    it('is refused, packed or not', async () => {
      const large = Buffer.alloc(16 * 1024 * 1024 + 1, ' ');
      assert.equal((await post(large)).status, 413);
      const packed = await post(gzipSync(large), { 'content-encoding': 'gzip' });
      assert.equal(packed.status, 413);
      assert.match(packed.body.detail, /16 MiB/);
    });

    it('is refused before it has come, and without a length', async () => {
      for (const head of ['Content-Length: 99999999', 'Transfer-Encoding: chunked']) {
        const answer = await new Promise<string>((resolve, reject) => {
          const { hostname, port } = new URL(api.url);
          const socket = connect(Number(port), hostname);
          let text = '';
          socket.setEncoding('utf8').on('data', (piece: string) => {
            text += piece;
            if (text.includes('\r\n\r\n')) {
              socket.destroy();
              resolve(text);
            }
          });
          socket.on('error', reject);
          socket.write(
            `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/x-ndjson\r\n${head}\r\n\r\n`,
          );
          if (head.startsWith('Transfer')) {
            const piece = ' '.repeat(1024 * 1024);
            for (let count = 0; count < 17; count++) socket.write(`100000\r\n${piece}\r\n`);
          }
        });
        assert.match(answer, /^HTTP\/1\.1 413 /);
      }
    });
  });

  describe('of a large body', () => {
    /** How often the loop came to something else meanwhile. */
    async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      await work();
      clearInterval(timer);
      return turns;
    }

    it('leaves the loop its turns', async () => {
      const texts = Array.from({ length: 1_000 }, () => 'word ');
      const lines = Array.from({ length: 100 }, (_, batch) =>
        JSON.stringify(tokensOf('large', batch * 1_000, texts)),
      );
      const start = performance.now();
      const turns = await turnsDuring(() => post(lines.join('\n')));
      const tookMs = performance.now() - start;
      process.stdout.write(
        `      100 000 tokens in ${tookMs.toFixed(0)} ms, with ${turns} other turns of the loop\n`,
      );
      const counts = api.events.map((event) => (event.type === 'tokens' ? event.tokens.length : 0));
      assert.equal(
        counts.reduce((sum, count) => sum + count),
        100_000,
      );
      assert.ok(turns > 10, `${turns} turns`);
    });

    it('leaves the loop its turns when there is nothing in it', async () => {
      const turns = await turnsDuring(() => post('\n'.repeat(2_000_000)));
      assert.ok(turns > 10, `${turns} turns`);
    });
  });
});
