import assert from 'node:assert/strict';
import fc from 'fast-check';
import { routeOf } from '../../../../src/capture/server/routes.js';
import {
  RawClient,
  ask,
  closeAll,
  problemIn,
  startCapture,
  startUpstream,
} from '../proxy/harness.js';

const names = ['openai', 'my.model-1'];

describe('where a request goes', () => {
  afterEach(closeAll);

  it('is told by its path', () => {
    const proxied = (
      upstream: string,
      runName: string | null,
      path: string,
      query = '',
    ): object => ({
      to: 'proxy',
      route: { upstream, runName, path, query },
    });
    assert.deepEqual(
      routeOf('/openai/chat/completions?a=b?c', names),
      proxied('openai', null, '/chat/completions', '?a=b?c'),
    );
    assert.deepEqual(routeOf('/my.model-1', names), proxied('my.model-1', null, ''));
    assert.deepEqual(routeOf('/run/a%20b/openai/x', names), proxied('openai', 'a b', '/x'));
    assert.deepEqual(
      routeOf('/run/%C3%A9%2F%F0%9F%99%82/openai/', names),
      proxied('openai', 'é/🙂', '/'),
    );
    for (const path of ['/v1', '/v1/runs?x', '/health', '/openapi.json', '/metrics', '/health?x']) {
      assert.deepEqual(routeOf(path, names), { to: 'api' }, path);
    }
  });

  it('keeps the bytes below the upstream as they are', () => {
    for (const path of [
      '/a%2Fb',
      '//x',
      '/%00',
      '/%0d%0aHost:%20x',
      '/@evil.example',
      '/\u00ff',
      '/a:b',
      '/...',
      '/a..b',
      '/%zz',
    ]) {
      const route = routeOf(`/openai${path}?${path}`, names);
      assert.ok(route.to === 'proxy', path);
      assert.deepEqual([route.route.path, route.route.query], [path, `?${path}`]);
    }
  });

  it('is nowhere for an upstream that does not exist, and says which do', async () => {
    const upstream = await startUpstream((_request, response) => response.end());
    const { url } = await startCapture({ one: upstream.url, two: upstream.url });
    const missing = [
      '/',
      '/three/x',
      '/ONE/x',
      '/one%2F',
      '//one/x',
      '/run',
      '/run/r',
      '/run/r/v1/runs',
      '/healthy',
      '/v1x',
      '/one@evil.example/',
      '/constructor',
      '/__proto__/x',
    ];
    for (const path of missing) {
      const { status, body, headers } = await ask(`${url}${path}`);
      assert.ok(status === 404 || path === '/run', path);
      assert.equal(headers['content-type'], 'application/problem+json');
      if (status !== 404) continue;
      assert.deepEqual(problemIn(body).upstreams, ['one', 'two']);
      assert.match(problemIn(body).detail, /one of one, two/);
    }
  });

  it('is never outside the base URL of the upstream', async () => {
    const asked: string[] = [];
    const upstream = await startUpstream((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    const { port } = await startCapture(`${upstream.url}/base/v1`);
    const tricks = [
      ...['/model/../x', '/model/..', '/model/./x', '/model/%2e%2e/x', '/model/.%2E/x'],
      ...['/model/a/..%2fx', '/model/%2e%2e%5cx', '/model/..\\x', '/model/..;a=b/x'],
      ...['/run/../model/x', '/run/%2e%2e/model/x', '/v1/../model/x', '/../v1'],
      ...['http://evil.example/model/x', 'https://127.0.0.1/model/x', '*', '/model/x#/../y'],
      ...[`/run/${'x'.repeat(201)}/model/x`, '/run/%0a/model/x', '/run/%/model/x', '/run//model/x'],
      ...['/run/%c2%85/model/x', '/run/%ff/model/x'],
    ];
    for (const target of tricks) {
      const client = await RawClient.connect(port);
      client.send(`GET ${target} HTTP/1.1`, 'Connection: close');
      await client.closed;
      assert.match(client.received, /^HTTP\/1\.1 400 /, target);
    }
    assert.deepEqual(asked, []);
    for (const target of ['/model//evil.example/x', '/model/@evil.example', '/model/%2f%2fx']) {
      const client = await RawClient.connect(port);
      client.send(`GET ${target} HTTP/1.1`, 'Connection: close');
      await client.closed;
      assert.match(client.received, /^HTTP\/1\.1 200 /, target);
    }
    assert.deepEqual(asked, [
      '/base/v1//evil.example/x',
      '/base/v1/@evil.example',
      '/base/v1/%2f%2fx',
    ]);
  });

  it('is decided for any text without an exception, and never with dot segments', () => {
    const pieces = [
      '/',
      'openai',
      'run',
      '..',
      '.',
      '%2e',
      '%2F',
      '\\',
      ';',
      '?',
      '#',
      'v1',
      '%',
      '@',
      'x',
    ];
    const target = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...pieces)).map((parts) => `/${parts.join('')}`),
    );
    fc.assert(
      fc.property(target, (text) => {
        const route = routeOf(text, names);
        if (route.to !== 'proxy') return;
        const { path, query } = route.route;
        assert.ok(text.endsWith(`${path}${query}`));
        const decoded = path.replace(/%2e/gi, '.').replace(/%2f|%5c|\\/gi, '/');
        assert.equal(new URL(`http://host/base${decoded}`).pathname.startsWith('/base'), true);
        assert.ok(!decoded.split('/').includes('..'));
      }),
      { numRuns: 2_000 },
    );
  });
});
