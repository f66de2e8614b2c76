/**
 * Some clients offer with a plain request to go on in HTTP/2 ("Upgrade: h2c", Java's HttpClient does so with every
 * first request). A server may ignore the offer, but Node has by then stopped to read the request. So its head is
 * put back in front of what follows, without the offer, and the connection is read anew.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

const offer = new Set(['upgrade', 'http2-settings', 'connection']);

export function withoutUpgrade(
  server: Server,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void {
  const { rawHeaders, method, url, httpVersion } = request;
  const lines = [`${method ?? ''} ${url ?? ''} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!offer.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`);
  }
  const plainHead = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  socket.unshift(Buffer.concat([plainHead, head]));
  server.emit('connection', socket);
}
