/** The one HTTP server of a capture: on 127.0.0.1 only, guarded, in front of proxy and API. */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TraceError } from '../../protocol/errors.js';
import type { ProxyRoute } from '../proxy/proxyRoute.js';
import { answerBrokenRequests } from './brokenRequests.js';
import { refusalOf } from './guards.js';
import { withoutUpgrade } from './plainUpgrade.js';
import { sendProblem, sendRawProblem } from './problem.js';
import { type Route, routeOf } from './routes.js';

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** The proxy as the server sees it. */
export interface RequestProxy {
  readonly upstreamNames: readonly string[];
  handle(request: IncomingMessage, response: ServerResponse, route: ProxyRoute): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, route: ProxyRoute): void;
}

export interface ServerLimits {
  readonly headerBytes: number;
  readonly connections: number;
  /** How long a client may take for a request's head, and for the whole of it; none for its response. */
  readonly headMs: number;
  readonly requestMs: number;
  /** How often the two are looked at. */
  readonly checkMs: number;
  /** How long a connection may wait for its next request: longer than clients keep theirs, so that they close first. */
  readonly idleConnectionMs: number;
}

export const serverLimits: ServerLimits = {
  headerBytes: 16 * 1_024,
  connections: 2_048,
  headMs: 20_000,
  requestMs: 300_000,
  checkMs: 2_000,
  idleConnectionMs: 75_000,
};

export interface ServerOptions {
  /** 0: a free one. */
  readonly port: number;
  readonly proxy: RequestProxy;
  readonly api: RequestListener;
  readonly limits?: Partial<ServerLimits>;
}

export interface RunningServer {
  /** "http://127.0.0.1:PORT" */
  readonly url: string;
  readonly port: number;
  /** Stops listening and cuts every connection that is left. */
  close(): Promise<void>;
}

const host = '127.0.0.1';

/** @throws TraceError `invalid` when the port cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { proxy, api } = options;
  const server = createGuardedServer({ ...serverLimits, ...options.limits });
  const routed = (request: IncomingMessage): Route => {
    const problem = refusalOf(request);
    if (problem) return { to: 'nowhere', problem };
    return routeOf(request.url ?? '', proxy.upstreamNames);
  };
  const respond = (request: IncomingMessage, response: ServerResponse, expects: boolean): void => {
    const target = routed(request);
    if (target.to === 'nowhere') return sendProblem(response, target.problem);
    if (target.to === 'proxy') return proxy.handle(request, response, target.route);
    if (expects) response.writeContinue();
    api(request, response);
  };
  server.on('request', (request, response) => respond(request, response, false));
  // The upstream says whether it wants the body; the API always does.
  server.on('checkContinue', (request, response) => respond(request, response, true));
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      return withoutUpgrade(server, request, socket, head);
    }
    const target = routed(request);
    if (target.to === 'proxy') return proxy.upgrade(request, socket, head, target.route);
    sendRawProblem(
      socket,
      target.to === 'nowhere'
        ? target.problem
        : { status: 400, kind: 'no_upgrade', detail: 'The API of the capture has no WebSocket.' },
    );
  });
  const sockets = openSockets(server);
  await listening(server, options.port);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, port, close: () => closed(server, sockets) };
}

function createGuardedServer(limits: ServerLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.idleConnectionMs,
    noDelay: true,
  });
  server.maxConnections = limits.connections;
  // By default, headers after the 1 000th would be left out without a word; their bytes are limited above.
  server.maxHeadersCount = 0;
  answerBrokenRequests(server);
  return server;
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(port, error)));
    server.listen({ port, host, exclusive: true }, resolve);
  });
}

function portError(port: number, error: NodeJS.ErrnoException): TraceError {
  const why =
    error.code === 'EADDRINUSE'
      ? 'another program uses it'
      : error.code === 'EACCES'
        ? 'the system does not allow it'
        : error.message;
  return new TraceError(
    'invalid',
    `Port ${port} cannot be used for the capture: ${why}. Choose another port, or 0 for a free one.`,
    error.stack ?? error.message,
  );
}

/** Node forgets those that were upgraded or refused, and then waits for them when it closes. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    if (sockets.has(socket)) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
