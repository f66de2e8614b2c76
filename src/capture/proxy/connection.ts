/** How an upstream is reached: pooled connections, directly or through the proxy that the environment names. */
import http, { type AgentOptions, type ClientRequest, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { SecureContext } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

/** What a request is sent with. */
export interface Connection {
  readonly agent: http.Agent;
  request(options: RequestOptions): ClientRequest;
  /** In front of the path: an HTTP proxy is asked for whole addresses. */
  readonly pathPrefix: string;
  /** Names and values by turns, for the proxy. */
  readonly headers: readonly string[];
}

/** A connection that idles longer is closed by us, before the upstream closes it under a request of ours. */
const idleMs = 15_000;

const pool = { keepAlive: true, maxFreeSockets: 64, timeout: idleMs } satisfies AgentOptions;

/** @throws Error whose message says what is wrong with the proxy of the environment. */
export function connectionTo(base: URL, secureContext: () => SecureContext): Connection {
  const proxy = proxyFor(base);
  if (base.protocol === 'https:') {
    const options = { ...pool, secureContext: secureContext() };
    const agent = proxy ? tunnel(proxy, options) : new https.Agent(options);
    return { agent, request: requester(https, base, agent), pathPrefix: '', headers: [] };
  }
  const hop = proxy ?? base;
  const isSecure = hop.protocol === 'https:';
  const agent = isSecure
    ? new https.Agent({ ...pool, secureContext: secureContext() })
    : new http.Agent(pool);
  return {
    agent,
    request: requester(isSecure ? https : http, hop, agent),
    pathPrefix: proxy ? `http://${base.host}` : '',
    headers: proxy ? authorization(proxy) : [],
  };
}

function tunnel(proxy: URL, options: https.AgentOptions): http.Agent {
  const agent = new HttpsProxyAgent(proxy, options);
  // It uses them for the connection to the proxy, and forgets them for the one through it.
  Object.assign(agent.options, options);
  return agent;
}

const requester =
  (
    protocol: { request(options: RequestOptions): ClientRequest },
    hop: URL,
    agent: http.Agent,
  ): Connection['request'] =>
  (options) =>
    protocol.request({
      ...options,
      agent,
      protocol: hop.protocol,
      host: hop.hostname.replace(/^\[|\]$/g, ''),
      port: portOf(hop),
    });

export const portOf = ({ port, protocol }: URL): number =>
  Number(port) || (protocol === 'https:' ? 443 : 80);

/** This machine itself: never reached through a proxy. */
export const isLoopback = ({ hostname }: URL): boolean =>
  /^(127(\.\d+){3}|\[::1\]|(.+\.)?localhost)$/.test(hostname);

function proxyFor(base: URL): URL | null {
  const text = isLoopback(base) ? '' : getProxyForUrl(base.href);
  if (text === '') return null;
  const proxy = URL.canParse(text) ? new URL(text) : null;
  if (proxy && ['http:', 'https:'].includes(proxy.protocol)) return proxy;
  throw new Error(
    `the proxy that the environment names for ${base.host} (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) is no http:// or https:// address; name such a one, or add ${base.hostname} to NO_PROXY`,
  );
}

function authorization({ username, password }: URL): readonly string[] {
  if (!username && !password) return [];
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return ['Proxy-Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`];
}
