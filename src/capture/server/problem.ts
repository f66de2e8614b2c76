/**
 * What the server and the proxy refuse a request for: application/problem+json (RFC 9457), with an `error` beside
 * it in the shape that the clients of models look for.
 */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

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

/** Long enough to read a problem; a client that keeps its connection open afterwards loses it. */
const closingMs = 2_000;

/** For a connection that has no response object (any more): it is closed afterwards. */
export function sendRawProblem(socket: Duplex, problem: Problem): void {
  const body = bodyOf(problem);
  const headers = { ...headersOf(problem, body), Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${problem.status} ${titleOf(problem.status)}\r\n${lines.join('')}\r\n`;
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]));
  // To close with something unread would take the answer away from the client again.
  socket.resume();
  socket.on('error', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), closingMs);
  socket.once('close', () => clearTimeout(timer));
}
