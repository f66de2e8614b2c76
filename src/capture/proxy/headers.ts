/** Headers as they are passed on: names and values by turns, in order, case and number as they came. */
import type { IncomingMessage } from 'node:http';

/** They belong to one connection, not to the request (RFC 9110, 7.6.1); a body's framing is Node's to write. */
const connectionHeaders = [
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization'],
  ...['te', 'transfer-encoding', 'upgrade'],
];

const streamTypes = /^(text\/event-stream|application\/(x-)?(ndjson|json-seq|jsonl|stream\+json))/i;

/** @param host of the upstream. */
export function requestHeaders(request: IncomingMessage, host: string): string[] {
  const headers = endToEnd(request).filter(([name]) => !isNamed(name, 'accept-encoding'));
  const passed = headers.map(([name, value]): Header => [
    name,
    isNamed(name, 'host') ? host : value,
  ]);
  // A compressed stream comes in other pieces than it was made of, and must be decoded to be read.
  passed.push(['Accept-Encoding', refusesIdentity(request) ?? 'identity']);
  return [...passed, ...framing(request)].flat();
}

/** Of a request that asks to go on in another protocol: nothing but the host changes. */
export function upgradeHeaders(request: IncomingMessage, host: string): string[] {
  const headers = endToEnd(request).map(([name, value]): Header => [
    name,
    isNamed(name, 'host') ? host : value,
  ]);
  headers.push(['Connection', 'Upgrade'], ['Upgrade', request.headers.upgrade ?? '']);
  return headers.flat();
}

/** @param request what is answered; Node refuses to announce trailers where none can follow. */
export function responseHeaders(response: IncomingMessage, request: IncomingMessage): string[] {
  const canHaveTrailers =
    response.headers['transfer-encoding'] !== undefined &&
    request.httpVersion === '1.1' &&
    request.method !== 'HEAD' &&
    ![204, 304].includes(response.statusCode ?? 0);
  const headers = endToEnd(response).filter(
    ([name]) => canHaveTrailers || !isNamed(name, 'trailer'),
  );
  if (streamTypes.test(response.headers['content-type'] ?? '')) {
    if (!response.headers['x-accel-buffering']) headers.push(['X-Accel-Buffering', 'no']);
    if (!response.headers['cache-control']) {
      headers.push(['Cache-Control', 'no-cache, no-transform']);
    }
  }
  return headers.flat();
}

/** A head as it goes over the wire. */
export function rawHead(
  status: number,
  reason: string | undefined,
  headers: readonly string[],
): string {
  const lines = [`HTTP/1.1 ${status} ${reason ?? ''}`];
  for (let index = 0; index < headers.length; index += 2) {
    lines.push(`${headers[index] ?? ''}: ${headers[index + 1] ?? ''}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The trailers of a message, as `addTrailers` wants them. */
export const trailersOf = (message: IncomingMessage): [string, string][] =>
  pairs(message.rawTrailers);

type Header = [name: string, value: string];

function endToEnd(message: IncomingMessage): Header[] {
  const named = (message.headers.connection ?? '').split(',').map((name) => name.trim());
  const dropped = new Set([...connectionHeaders, ...named.map((name) => name.toLowerCase())]);
  return pairs(message.rawHeaders).filter(([name]) => !dropped.has(name.toLowerCase()));
}

function pairs(flat: readonly string[]): Header[] {
  const found: Header[] = [];
  for (let index = 0; index < flat.length; index += 2) {
    found.push([flat[index] ?? '', flat[index + 1] ?? '']);
  }
  return found;
}

function framing({ headers, method }: IncomingMessage): Header[] {
  if (headers['transfer-encoding'] !== undefined) return [['Transfer-Encoding', 'chunked']];
  const hasNone = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].includes(method ?? '');
  return hasNone || headers['content-length'] !== undefined ? [] : [['Content-Length', '0']];
}

/** What the agent accepts, when it says that it wants no uncompressed answer. */
function refusesIdentity({ headers }: IncomingMessage): string | null {
  const accepted = headers['accept-encoding'] ?? '';
  const weights = new Map(
    accepted.split(',').map((part) => {
      const [coding = '', weight = ''] = part.toLowerCase().split(';');
      return [coding.trim(), Number(/q=([\d.]+)/.exec(weight)?.[1] ?? 1)];
    }),
  );
  return (weights.get('identity') ?? weights.get('*') ?? 1) === 0 ? accepted : null;
}

const isNamed = (name: string, lowerCase: string): boolean => name.toLowerCase() === lowerCase;
