/** Takes events as a capture does, or fails as it is told; keeps what it accepted. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { repository } from '../../../../../scripts/dependencies.mjs';
import type { Tokens, WireEvent } from '../../../src/wire.js';

/** What becomes of a request: accepted, or one of these. `cut`: accepted, but its answer is lost. */
export type Fate =
  | 'accept'
  | 'hang'
  | 'close'
  | 'cut'
  | {
      readonly status: number;
      readonly headers?: http.OutgoingHttpHeaders;
      readonly body?: string;
    };

export interface FakeCaptureOptions {
  readonly port?: number;
  readonly isSecure?: boolean;
  readonly fateOf?: (request: number, body: string) => Fate | Promise<Fate>;
}

export class FakeCapture {
  readonly events: WireEvent[] = [];
  readonly bodies: string[] = [];
  readonly tokens: (string | undefined)[] = [];

  private constructor(
    private readonly server: http.Server,
    private readonly scheme: string,
    private readonly fateOf: NonNullable<FakeCaptureOptions['fateOf']>,
  ) {
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async start({
    port = 0,
    isSecure = false,
    fateOf = () => 'accept',
  }: FakeCaptureOptions = {}): Promise<FakeCapture> {
    const server = isSecure ? https.createServer(await certificate()) : http.createServer();
    const capture = new FakeCapture(server, isSecure ? 'https' : 'http', fateOf);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return capture;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  eventsOf<T extends WireEvent['type']>(type: T): Extract<WireEvent, { type: T }>[] {
    return this.events.filter(
      (event): event is Extract<WireEvent, { type: T }> => event.type === type,
    );
  }

  /** Texts of the tokens of a call by their index; each once, however often they came. */
  textsOf(callId: string): string[] {
    const texts: string[] = [];
    for (const line of this.eventsOf('llm_tokens')) {
      if (line.llm_call_id === callId) addTexts(texts, line);
    }
    return texts;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    if (this.server.listening) await once(this.server, 'close');
  }

  private async answer(
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const body = await text(request).catch(() => null);
    if (body === null) return;
    this.bodies.push(body);
    this.tokens.push(request.headers.authorization);
    const fate = await this.fateOf(this.bodies.length, body);
    if (fate === 'hang') return;
    if (fate === 'accept' || fate === 'cut') {
      for (const line of body.split('\n'))
        if (line) this.events.push(JSON.parse(line) as WireEvent);
    }
    if (fate === 'close' || fate === 'cut') {
      request.socket.destroy();
    } else if (fate === 'accept') {
      response.writeHead(200).end('{"accepted":1,"rejected":[],"rejected_count":0}');
    } else {
      response.writeHead(fate.status, fate.headers).end(fate.body ?? '{}');
    }
  }
}

function addTexts(texts: string[], { first_index, tokens }: Tokens): void {
  let index = first_index;
  for (const token of tokens) {
    index = token.index ?? index;
    texts[index++] = token.token;
  }
}

const certificate = async () => ({
  cert: await readFile(join(repository, 'test', 'mock', 'tls', 'certificate.pem')),
  key: await readFile(join(repository, 'test', 'mock', 'tls', 'key.pem')),
});

/** Of nothing that listens. */
export async function freePort(): Promise<number> {
  const capture = await FakeCapture.start();
  const { port } = capture;
  await capture.stop();
  return port;
}
