/**
 * What the server and the proxy refuse a request for: application/problem+json (RFC 9457), with an `error` beside
 * it in the shape that the clients of models look for.
 */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { endConnection } from './endConnection.js';

export interface Problem {
  readonly status: number;
  /** A sentence: what happened and what to do. */
  readonly detail: string;
  /** For programs: "foreign_host", "upstream_unreachable", … */
  readonly kind: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const titleOf = (status: number): string => STATUS_CODES[status] ?? 'Error';

function bodyOf({ status, detail, kind, more }: Problem): Buffer {
  const error = { message: detail, type: kind };
  return Buffer.from(
    JSON.stringify({ type: 'about:blank', title: titleOf(status), status, detail, error, ...more }),
  );
}

const headersOf = (problem: Problem, body: Buffer): Record<string, string> => ({
  'Content-Type': 'application/problem+json',
  'Content-Length': String(body.length),
  'Cache-Control': 'no-store',
  ...problem.headers,
});

export function sendProblem(response: ServerResponse, problem: Problem): void {
  const body = bodyOf(problem);
  response.writeHead(problem.status, headersOf(problem, body));
  response.end(body);
}

/** For a connection that has no response object (any more): it is closed afterwards. */
export function sendRawProblem(socket: Duplex, problem: Problem): void {
  const body = bodyOf(problem);
  const headers = { ...headersOf(problem, body), Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${problem.status} ${titleOf(problem.status)}\r\n${lines.join('')}\r\n`;
  socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
  endConnection(socket);
}
