/** Our proxy with a recorder that records nothing: `nullProxy.ts UPSTREAM_URL`. */
import type { ExchangeObserver } from '../../../src/capture/exchange.js';
import { Proxy } from '../../../src/capture/proxy/proxy.js';
import { startServer } from '../../../src/capture/server/server.js';
import { milliseconds } from '../../../src/model/units.js';

const ignore = (): void => undefined;
const observer: ExchangeObserver = {
  ...{ requestSent: ignore, requestBody: ignore, responseHead: ignore },
  ...{ responseRead: ignore, upgraded: ignore, ended: ignore },
};
const proxy = new Proxy({
  settings: {
    upstreams: { openai: process.argv[2] ?? '' },
    ...{ port: 0, extraCertificatesPath: null, idleTimeoutMs: milliseconds(600_000) },
    redaction: { useDefaults: true, keys: [], patterns: [] },
    sampling: { storeTokens: true, storeResponses: true, tokenSampleRate: 1 },
    experimental: { openMetrics: false },
  },
  recorder: { begin: () => observer },
});
const { url } = await startServer({ port: 0, proxy, api: ignore });
process.stdout.write(`${JSON.stringify({ url })}\n`);
