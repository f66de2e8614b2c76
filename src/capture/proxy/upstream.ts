/** Where requests are passed on to: one base URL of the settings. */
import type { ClientRequest } from 'node:http';
import type { SecureContext } from 'node:tls';
import { TraceError } from '../../protocol/errors.js';
import { type Connection, connectionTo, isLoopback, portOf } from './connection.js';

/** Some gateways answer with more headers than Node takes by default. */
const responseHeaderBytes = 64 * 1_024;

export class Upstream {
  private connection: Connection | undefined;
  private readonly base: URL;
  private readonly basePath: string;

  /** @throws TraceError `invalid` when the base URL is none. */
  constructor(
    readonly name: string,
    baseUrl: string,
    private readonly secureContext: () => SecureContext,
  ) {
    const base = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
    if (!base || !['http:', 'https:'].includes(base.protocol)) {
      throw new TraceError(
        'invalid',
        `The base URL of the upstream "${name}" must begin with http:// or https://.`,
      );
    }
    this.base = base;
    this.basePath = base.pathname.replace(/\/+$/, '');
  }

  /** "https://api.openai.com/v1/models": without credentials and query. */
  urlOf(path: string): string {
    return `${this.base.origin}${this.basePath}${path}`;
  }

  get host(): string {
    return this.base.host;
  }

  /** Whether it is the server on this port of this machine: the capture itself would ask itself for ever. */
  isPort(port: number | undefined): boolean {
    return isLoopback(this.base) && portOf(this.base) === port;
  }

  /**
   * Begins a request.
   * @param target path below the base URL, and query: byte for byte.
   * @param headers names and values by turns.
   * @throws Error when it cannot even be tried; the message says why.
   */
  open(method: string, target: string, headers: readonly string[]): ClientRequest {
    const connection = (this.connection ??= connectionTo(this.base, this.secureContext));
    const path = `${this.basePath}${target}`;
    const request = connection.request({
      method,
      path: `${connection.pathPrefix}${path.startsWith('/') ? path : `/${path}`}`,
      headers: [...headers, ...connection.headers],
      maxHeaderSize: responseHeaderBytes,
    });
    request.once('proxyConnect', ({ statusCode = 0 }: { statusCode?: number }) => {
      // Else the refusal of the proxy in between would pass for the upstream's response.
      if (statusCode !== 200)
        request.destroy(new Error(`the proxy in between answered ${statusCode}`));
    });
    return request;
  }

  /** Connections without a request: where one was stale, the others are too. */
  closeIdle(): void {
    for (const sockets of Object.values(this.connection?.agent.freeSockets ?? {})) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  close(): void {
    this.connection?.agent.destroy();
  }
}
