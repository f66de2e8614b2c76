import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { CaptureStatus } from '../../../../src/protocol/captureStatus.js';
import { until } from '../log/sampleEvents.js';
import {
  type Events,
  type Problem,
  type ReceivedEvent,
  RunningApi,
  buildBundles,
  token,
} from './runningApi.js';

describe('API of a capture', function () {
  this.timeout(30_000);
  let bundles: string;
  let api: RunningApi;

  before(async () => {
    bundles = await buildBundles();
    api = await RunningApi.start(bundles);
  });
  after(() => api.stop());

  const paths = [
    ...['/v1/runs', '/v1/runs/r', '/v1/runs/r/timeline', '/v1/runs/r/streaming-stats'],
    ...['/v1/runs/r/tokens/timeseries', '/v1/runs/r/llm-calls/c/tokens', '/v1/session'],
  ];

  describe('token', () => {
    for (const path of [...paths, '/v1/events', '/v1/session/stop', '/v1/unknown', '/v1']) {
      it(`is needed for ${path}`, async () => {
        const without = await api.ask<Problem>(path, { headers: { authorization: '' } });
        assert.equal(without.status, 401);
        assert.equal(without.headers.get('content-type'), 'application/problem+json');
        assert.match(without.headers.get('www-authenticate') ?? '', /^Bearer /);
        assert.match(without.body.detail, /LLM_STREAM_TOKEN/);
      });
    }

    const wrong = [
      'Bearer',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`,
      token,
    ];
    for (const authorization of wrong) {
      it(`is not "${authorization}"`, async () => {
        const answer = await api.ask('/v1/runs', { headers: { authorization } });
        assert.equal(answer.status, 401);
      });
    }

    it('may follow a scheme of any case', async () => {
      const headers = { authorization: `bearer ${token}` };
      assert.equal((await api.ask('/v1/runs', { headers })).status, 200);
    });
  });

  it('says without a token how the capture is, and nothing private', async () => {
    api.status = {
      ...api.status,
      activeStreams: 3,
      problems: [{ code: 'disk-full', message: `No room for ${api.log.tracePath}` }],
    };
    const answer = await api.ask('/health', { headers: { authorization: '' } });
    assert.equal(answer.status, 200);
    const { uptime_s, ...rest } = answer.body as Record<string, number>;
    assert.deepEqual(rest, {
      ...{ status: 'degraded', state: 'listening', version: '1.2.3', active_streams: 3 },
      ...{ tokens_stored: 90, tokens_sampled_out: 10, tokens_dropped: 1 },
      ...{ log_bytes: 2_000, file_bytes: 3_000, recoveries: 2, rejected_events: 3 },
      ...{ write_latency_ms: { p50: 0.012, p99: 0.5, max: 7 }, problems: ['disk-full'] },
    });
    assert.ok(uptime_s! >= 0);
    assert.ok(!answer.text.includes('llmtrace'));
  });

  it('describes itself without a token', async () => {
    const answer = await api.ask<{ openapi: string; paths: object; info: { version: string } }>(
      '/openapi.json',
      { headers: { authorization: '' } },
    );
    assert.equal(answer.body.openapi, '3.1.0');
    assert.equal(answer.body.info.version, '1.2.3');
    assert.equal(Object.keys(answer.body.paths).length, 11);
  });

  it('refuses other methods, and says which are possible', async () => {
    for (const [path, method, allow] of [
      ['/v1/runs', 'POST', 'GET'],
      ['/v1/runs/r/llm-calls/c/tokens', 'DELETE', 'GET'],
      ['/v1/events', 'GET', 'POST'],
      ['/v1/session/stop', 'PUT', 'POST'],
      ['/openapi.json', 'POST', 'GET'],
      ['/v1/runs', 'OPTIONS', 'GET'],
    ] as const) {
      const answer = await api.ask<Problem>(path, { method });
      assert.equal(answer.status, 405, path);
      assert.equal(answer.headers.get('allow'), allow);
      assert.match(answer.body.detail, new RegExp(method));
    }
  });

  it('says where to look for what is not there', async () => {
    const answer = await api.ask<Problem>('/v1/unknown');
    assert.equal(answer.status, 404);
    assert.match(answer.body.detail, /\/openapi\.json/);
  });

  it('forbids caches to keep what it answers', async () => {
    for (const path of ['/v1/runs', '/v1/session', '/v1/unknown', '/health']) {
      assert.equal((await api.ask(path)).headers.get('cache-control'), 'no-store', path);
    }
    const refused = await api.ask('/v1/runs', { headers: { authorization: '' } });
    assert.equal(refused.headers.get('cache-control'), 'no-store');
  });

  it('survives request targets that are no paths', async () => {
    for (const path of [
      '//',
      '/v1/runs/%',
      '/v1/runs/%zz',
      '/v1/runs/%00',
      '/v1/runs/..%2f..',
      '*',
    ]) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const { hostname, port } = new URL(api.url);
        const headers = { authorization: `Bearer ${token}` };
        request({ hostname, port, path, headers }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        })
          .once('error', reject)
          .end();
      });
      assert.ok(status !== undefined && status >= 400 && status < 500, `${path}: ${status}`);
    }
    assert.deepEqual(api.logged, []);
  });

  describe('session', () => {
    it('is its status', async () => {
      const answer = await api.ask<CaptureStatus>('/v1/session');
      assert.deepEqual(answer.body, api.status);
    });

    it('tells its status at once and when it changes, and counts who listens', async () => {
      api.attachments.length = 0;
      const first = api.follow('/v1/session');
      const second = api.follow('/v1/session');
      assert.deepEqual((await nextOf(first)).data, api.status);
      assert.equal((await nextOf(second)).event, 'status');
      assert.deepEqual(api.attachments, [1, 2]);
      api.status = { ...api.status, tokens: 17 };
      const changedAt = performance.now();
      assert.equal((await nextOf(first)).data['tokens'], 17);
      assert.ok(performance.now() - changedAt < 2_000);
      await first.return(undefined);
      await second.return(undefined);
      await until(() => api.attachments.at(-1) === 0);
      assert.deepEqual(api.attachments, [1, 2, 1, 0]);
    });

    it('is stopped after the answer', async () => {
      for (const when of ['now', 'idle']) {
        const answer = await stop(JSON.stringify({ when }));
        assert.equal(answer.status, 202);
        await until(() => api.stops.at(-1) === when);
      }
    });

    it('is not stopped by what is no such request', async () => {
      api.stops.length = 0;
      assert.deepEqual((await stop('{"when":"later"}')).body.errors?.[0]?.field, 'when');
      assert.equal((await stop('{}')).status, 400);
      assert.equal((await stop('now')).status, 400);
      assert.equal((await stop('')).status, 400);
      assert.equal((await stop('{"when":"now"}', 'text/plain')).status, 415);
      assert.equal((await stop(' '.repeat(2_000))).status, 413);
      assert.deepEqual(api.stops, []);
    });

    async function nextOf(events: Events): Promise<ReceivedEvent> {
      const { value } = await events.next();
      assert.ok(value);
      return value;
    }

    const stop = (body: string, type = 'application/json') =>
      api.ask<Problem>('/v1/session/stop', {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      });
  });

  it('ends what is followed when it is closed', async () => {
    const closing = await RunningApi.start(bundles);
    const events = closing.follow('/v1/session');
    await events.next();
    closing.api.close();
    assert.equal((await events.next()).done, true);
    assert.equal(closing.attachments.at(-1), 0);
    assert.equal((await closing.ask('/v1/runs')).status, 503);
    await closing.stop();
  });
});
