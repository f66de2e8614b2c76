/** WebSockets at any path: every message comes back. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { nowUs } from './clock.js';
import type { Truths } from './truth.js';

export function echoWebSockets(server: Server, truths: Truths): WebSocketServer {
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    const { url = '/', headers }: IncomingMessage = request;
    const cameUs = nowUs();
    truths.add({
      ...{
        id: randomBytes(6).toString('hex'),
        method: 'GET',
        url,
        headers,
        format: null,
        model: null,
      },
      ...{ requestBytes: 0, cameUs, bodyUs: cameUs, headUs: cameUs, status: 101 },
      ...{ tokens: [], bytes: 0, usage: null, endedUs: null, ending: 'upgraded' },
    });
    socket.on('message', (data: Buffer, binary) => socket.send(data, { binary }));
  });
  return sockets;
}
