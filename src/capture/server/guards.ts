/**
 * Who may talk to the capture at all: programs of this machine, and no web page. A page that got its own name
 * resolved to 127.0.0.1 (DNS rebinding) gives itself away by `Host`, one that asks across sites by `Origin` or
 * `Sec-Fetch-Site`, which scripts cannot set.
 */
import type { IncomingMessage } from 'node:http';
import type { Problem } from './problem.js';

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/** Why the request is refused; null when it is not. */
export function refusalOf(request: IncomingMessage): Problem | null {
  const port = request.socket.localPort ?? 0;
  return hostRefusal(request, port) ?? originRefusal(request, port);
}

function hostRefusal({ headers, headersDistinct }: IncomingMessage, port: number): Problem | null {
  const isOurs = isLoopback(headers.host ?? '', port) && headersDistinct['host']?.length === 1;
  if (isOurs) return null;
  return {
    status: 403,
    kind: 'foreign_host',
    detail: `The capture answers only to http://127.0.0.1:${port} and http://localhost:${port}, and the request's Host header names another address.`,
  };
}

function originRefusal({ headers }: IncomingMessage, port: number): Problem | null {
  const { origin } = headers;
  const isOwnOrigin =
    origin === undefined ||
    (origin.startsWith('http://') && isLoopback(origin.slice('http://'.length), port));
  // "same-site" is another port of this machine: another program's page.
  const isOwnSite = !['cross-site', 'same-site'].includes(site(headers['sec-fetch-site']));
  if (isOwnOrigin && isOwnSite) return null;
  return {
    status: 403,
    kind: 'foreign_origin',
    detail:
      'The capture does not answer web pages: the request comes from a page of another origin. Send it from a program instead.',
  };
}

const site = (header: string | string[] | undefined): string => String(header ?? '').toLowerCase();

function isLoopback(host: string, port: number): boolean {
  const lower = host.toLowerCase();
  return loopbackNames.some(
    (name) => lower === `${name}:${port}` || (port === 80 && lower === name),
  );
}
