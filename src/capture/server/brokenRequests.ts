/** Answers what is no HTTP request, or took too long to become one: Node tells of these by connection only. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Problem, sendRawProblem } from './problem.js';

export function answerBrokenRequests(server: Server): void {
  /** How many responses are under way on a connection: an answer would end up in the middle of one. */
  const responses = new WeakMap<Duplex, number>();
  const count = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    responses.set(socket, (responses.get(socket) ?? 0) + 1);
    response.once('close', () => responses.set(socket, (responses.get(socket) ?? 0) - 1));
  };
  server.on('request', count);
  server.on('checkContinue', count);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const isBusy = (responses.get(socket) ?? 0) > 0;
    if (error.code === 'ECONNRESET' || !socket.writable || isBusy) socket.destroy();
    else sendRawProblem(socket, problemOf(error.code));
  });
}

function problemOf(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        ...{ status: 431, kind: 'headers_too_large' },
        detail: "The request's address and headers are larger than the 16 kB that are allowed.",
      };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return {
        ...{ status: 413, kind: 'body_too_large' },
        detail: "The chunks of the request's body have extensions that are too large.",
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        ...{ status: 408, kind: 'request_timeout' },
        detail: 'The request did not come in the time that is allowed for it. Send it again.',
      };
    default:
      return {
        ...{ status: 400, kind: 'malformed_request' },
        detail: 'The request is no valid HTTP/1.1.',
      };
  }
}
