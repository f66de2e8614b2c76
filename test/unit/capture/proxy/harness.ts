/** An upstream, a capture in front of it that only notes what passes, and clients that see every byte. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http, { type RequestListener, type Server } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { CaptureSettings } from '../../../../src/capture/captureSettings.js';
import { Proxy, type ProxyLimits } from '../../../../src/capture/proxy/proxy.js';
import {
  type RequestListener as ApiListener,
  type RunningServer,
  type ServerLimits,
  startServer,
} from '../../../../src/capture/server/server.js';
import { milliseconds } from '../../../../src/model/units.js';
import { NotedRecorder } from './notedRecorder.js';

const closers: (() => unknown)[] = [];

/** Runs after the test, the latest first. */
export const afterwards = (close: () => unknown): void => void closers.push(close);

/** To be called in `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

export const authorityPath = join(import.meta.dirname, 'tls/authority.pem');
const tlsFile = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'tls', name));

export interface TestUpstream {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
}

export async function startUpstream(
  listener: RequestListener,
  options: { readonly tls?: boolean } = {},
): Promise<TestUpstream> {
  const server: Server = options.tls
    ? https.createServer(
        { cert: tlsFile('certificate.pem'), key: tlsFile('key.pem'), keepAliveTimeout: 60_000 },
        listener,
      )
    : http.createServer({ keepAliveTimeout: 60_000 }, listener);
  const port = await listen(server);
  return { server, port, url: `${options.tls ? 'https' : 'http'}://localhost:${port}` };
}

/** An upstream below HTTP: what it sends is not made by Node. */
export async function startRawUpstream(onConnection: (socket: Socket) => void): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

async function listen(server: net.Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

export interface TestCapture {
  readonly server: RunningServer;
  readonly port: number;
  readonly url: string;
  readonly proxy: Proxy;
  readonly recorder: NotedRecorder;
}

export interface CaptureOptions {
  readonly settings?: Partial<CaptureSettings>;
  readonly limits?: Partial<ProxyLimits>;
  readonly serverLimits?: Partial<ServerLimits>;
  readonly api?: ApiListener;
}

/** A capture with one upstream, "model", or several. */
export async function startCapture(
  upstreams: string | Readonly<Record<string, string>>,
  options: CaptureOptions = {},
): Promise<TestCapture> {
  const recorder = new NotedRecorder();
  const proxy = new Proxy({
    recorder,
    settings: {
      ...{ port: 0, extraCertificatesPath: null, idleTimeoutMs: milliseconds(0) },
      redaction: { useDefaults: true, keys: [], patterns: [] },
      sampling: { storeTokens: true, storeResponses: true, tokenSampleRate: 1 },
      experimental: { openMetrics: false },
      ...options.settings,
      upstreams: typeof upstreams === 'string' ? { model: upstreams } : upstreams,
    },
    ...(options.limits ? { limits: options.limits } : {}),
  });
  const api: ApiListener = (_request, response) => void response.end('the API');
  const server = await startServer({
    ...{ port: options.settings?.port ?? 0, proxy, api: options.api ?? api },
    ...(options.serverLimits ? { limits: options.serverLimits } : {}),
  });
  afterwards(async () => {
    proxy.close();
    await server.close();
  });
  return { server, proxy, recorder, port: server.port, url: server.url };
}

/** A client that sends and receives plain bytes. */
export class RawClient {
  private bytes = Buffer.alloc(0);
  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => (this.bytes = Buffer.concat([this.bytes, bytes])));
    socket.on('error', () => socket.destroy());
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = net.connect(port, '127.0.0.1');
    afterwards(() => socket.destroy());
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Sends a request's head, with the Host header that the capture wants. */
  send(requestLine: string, ...headers: string[]): this {
    const host = `Host: 127.0.0.1:${this.socket.remotePort ?? 0}`;
    this.socket.write(`${[requestLine, host, ...headers].join('\r\n')}\r\n\r\n`, 'latin1');
    return this;
  }

  get received(): string {
    return this.bytes.toString('latin1');
  }

  /** Everything that has come, once it holds the text. */
  async until(text: string): Promise<string> {
    while (!this.received.includes(text)) {
      const isClosed = await Promise.race([
        once(this.socket, 'data').then(() => false),
        this.closed.then(() => true),
      ]);
      if (isClosed && !this.received.includes(text)) {
        throw new Error(`The connection was closed before ${JSON.stringify(text)} came.`);
      }
    }
    return this.received;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** The pieces that Node's client was given. */
  readonly pieces: readonly Buffer[];
  readonly message: http.IncomingMessage;
}

export interface Ask extends http.RequestOptions {
  readonly body?: string | Buffer;
}

/** A request through Node's own client; rejects when the response is cut. */
export function ask(url: string, { body, ...options }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, options, (message) => {
      const pieces: Buffer[] = [];
      message.on('data', (piece: Buffer) => pieces.push(piece));
      message.once('error', reject);
      message.once('end', () =>
        resolve({
          ...{ status: message.statusCode ?? 0, headers: message.headers, pieces, message },
          body: Buffer.concat(pieces),
        }),
      );
    });
    request.once('error', reject);
    request.end(body);
  });
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly error: { readonly message: string; readonly type: string };
  readonly upstreams?: readonly string[];
}

export const problemIn = (text: string | Buffer): ProblemBody =>
  JSON.parse(String(text).slice(String(text).indexOf('{'))) as ProblemBody;
