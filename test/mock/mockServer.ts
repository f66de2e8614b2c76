/**
 * A model server for tests: speaks the real wire formats, at times that are known exactly. See README.md.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
  createServer,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { milliseconds, microseconds } from '../../src/model/units.js';
import { type MockRequest, answerOf, isRecord, modelOf } from './answer.js';
import { nowUs, waitUntil } from './clock.js';
import { echoWebSockets } from './echo.js';
import { formatOf, plainAnswer } from './formats/formats.js';
import type { MockFormat } from './formats/format.js';
import { type Playing, playStream, playWhole } from './play.js';
import { type Scenario, ScenarioError, scenarioOf } from './scenario.js';
import { type Truth, Truths } from './truth.js';

export interface MockServer {
  /** "http://127.0.0.1:PORT", "https://localhost:PORT" */
  readonly url: string;
  readonly port: number;
  readonly truths: Truths;
  /** Cuts whatever is still open. */
  close(): Promise<void>;
}

export interface MockServerOptions {
  /** 0, or left out: a free one. */
  readonly port?: number;
  readonly tls?: boolean;
}

/** Signed by itself, for localhost and 127.0.0.1. */
export const certificatePath = join(import.meta.dirname, 'tls/certificate.pem');
const keyPath = join(import.meta.dirname, 'tls/key.pem');

export async function startMockServer(options: MockServerOptions = {}): Promise<MockServer> {
  const { port = 0, tls = false } = options;
  const truths = new Truths();
  const listener: RequestListener = (request, response) => void serve(request, response, truths);
  const server = tls
    ? createTlsServer({ cert: readFileSync(certificatePath), key: readFileSync(keyPath) }, listener)
    : createServer(listener);
  // A test may take its time between two requests of one connection.
  server.keepAliveTimeout = milliseconds(60_000);
  const sockets = echoWebSockets(server, truths);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: tls ? `https://localhost:${address.port}` : `http://127.0.0.1:${address.port}`,
    port: address.port,
    truths,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  truths: Truths,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://mock');
  if (url.pathname === '/_truth' || url.pathname.startsWith('/_truth/')) {
    tell(truths, url.pathname.slice('/_truth/'.length), response);
    return;
  }
  const truth = beginTruth(incoming);
  truths.add(truth);
  const left = new AbortController();
  response.on('close', () => {
    left.abort();
    truth.ending ??= 'client-left';
    truth.endedUs ??= nowUs();
  });
  response.setHeader('x-mock-id', truth.id);
  response.setHeader('x-request-id', truth.id);
  const body = await readBody(incoming).catch(() => undefined);
  // The client left before it had said what it wants.
  if (!body) return;
  truth.bodyUs = nowUs();
  truth.requestBytes = body.length;
  const request = { ...asMockRequest(incoming, url), body: parseBody(body) };
  const answering = answer(request, { response, truth, signal: left.signal });
  await answering.catch((thrown: unknown) => {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const status = thrown instanceof ScenarioError ? 400 : 500;
    if (response.headersSent) response.destroy();
    else sendJson({ response, truth }, status, { error: { message: `Mock: ${message}` } });
  });
}

async function answer(request: MockRequest, call: Omit<Playing, 'scenario'>): Promise<void> {
  const { response, truth } = call;
  const format = formatOf(request);
  if (!format) {
    const plain = plainAnswer(request, truth.headers);
    if (plain !== undefined) sendJson(call, 200, plain);
    else
      sendJson(call, 404, { error: { message: `The mock has no ${truth.method} ${truth.url}.` } });
    return;
  }
  truth.format = format.name;
  truth.model = modelOf(request);
  const playing = { ...call, scenario: scenarioOf(truth.headers, truth.model) };
  const { scenario, signal } = playing;
  if (scenario.ending === 'hang-before-head') return;
  const dueUs = microseconds(nowUs() + scenario.headDelayMs * 1_000);
  if (scenario.headDelayMs > 0) await waitUntil(dueUs, { signal, isPrecise: scenario.isPrecise });
  if (signal.aborted) return;
  if (!scenario.keepAlive) response.setHeader('connection', 'close');
  if (scenario.status !== 200) refuse(playing, format);
  else await accept(playing, format, request);
}

function refuse({ response, truth, scenario: { status } }: Playing, format: MockFormat): void {
  if (status === 429 || status === 503 || status === 529) response.setHeader('retry-after', '1');
  sendJson({ response, truth }, status, format.errorBody(status));
  truth.ending = 'error-status';
}

async function accept(playing: Playing, format: MockFormat, request: MockRequest): Promise<void> {
  const { response, truth, scenario } = playing;
  const said = answerOf(truth.id, request, scenario);
  truth.usage = said.usage;
  if (format.isStreaming(request)) {
    sendHead(playing, {
      'content-type': format.contentType,
      'cache-control': 'no-cache',
      ...(scenario.encoding === 'identity' ? {} : { 'content-encoding': scenario.encoding }),
    });
    await playStream(playing, format.frames(said), format);
    return;
  }
  const body = Buffer.from(JSON.stringify(format.whole(said)));
  const pieces = format.frames(said).flatMap((frame) => frame.pieces);
  sendHead(playing, { 'content-type': 'application/json', 'content-length': String(body.length) });
  await playWhole(playing, body, pieces);
  response.end();
}

function sendHead({ response, truth }: Playing, headers: Readonly<Record<string, string>>): void {
  truth.status = 200;
  truth.headUs = nowUs();
  response.writeHead(200, headers);
  response.flushHeaders();
}

function sendJson(
  { response, truth }: Pick<Playing, 'response' | 'truth'>,
  status: number,
  value: unknown,
): void {
  const body = JSON.stringify(value);
  truth.status = status;
  truth.headUs = nowUs();
  truth.bytes = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body);
  truth.ending = 'complete';
  truth.endedUs = nowUs();
}

function beginTruth({ method = 'GET', url = '/', headers }: IncomingMessage): Truth {
  return {
    ...{ id: randomBytes(6).toString('hex'), method, url, headers, format: null, model: null },
    ...{ requestBytes: 0, cameUs: nowUs(), bodyUs: null, headUs: null, status: null },
    ...{ tokens: [], bytes: 0, usage: null, endedUs: null, ending: null },
  };
}

const asMockRequest = ({ method = 'GET' }: IncomingMessage, url: URL) => ({
  ...{ method, path: url.pathname, query: url.searchParams },
});

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function parseBody(body: Buffer): MockRequest['body'] {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function tell(truths: Truths, id: string, response: ServerResponse): void {
  const found: unknown = id === '' ? truths.all.map(summary) : truths.find(id);
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(found ?? { error: { message: `No request had the id "${id}".` } }));
}

const summary = ({ id, method, url, model, status, tokens, ending }: Truth) => ({
  ...{ id, method, url, model, status, tokens: tokens.length, ending },
});

export type { Scenario, Truth };
