/**
 * One typed channel over any pair of ports: extension host ⇄ webview, extension host ⇄ store process.
 * Every request settles: with a result, an error, a cancel, a timeout, or the end of the channel.
 */
import { type SerializedError, TraceError, deserializeError, serializeError } from './errors.js';

/** What one side can be asked, and told. Keys are method names. */
export interface Surface {
  readonly requests: Readonly<Record<string, { params: unknown; result: unknown }>>;
  readonly notifications: Readonly<Record<string, unknown>>;
}

/** For a side that is never asked, or never told, anything. */
export type NoMethods = Readonly<Record<string, never>>;

export interface Port {
  post(message: Message): void;
  /** Returns a function that stops listening. */
  listen(receive: (message: unknown) => void): () => void;
}

export type Message =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly method: string;
      readonly params: unknown;
    }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: SerializedError }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'notify'; readonly method: string; readonly params: unknown };

export type RequestHandlers<S extends Surface> = {
  readonly [M in keyof S['requests']]: (
    params: S['requests'][M]['params'],
    signal: AbortSignal,
  ) => S['requests'][M]['result'] | Promise<S['requests'][M]['result']>;
};

export type NotificationHandlers<S extends Surface> = {
  readonly [M in keyof S['notifications']]: (params: S['notifications'][M]) => void;
};

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; 0 waits for ever (long work that shows progress and can be cancelled). */
  readonly timeoutMs?: number;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: TraceError) => void;
}

const defaultTimeoutMs = 30_000;

/** `Own` is what this side answers; `Other` what it may ask the other side. */
export class Channel<Own extends Surface, Other extends Surface> {
  private nextId = 1;
  private disposed = false;
  private readonly pending = new Map<number, Pending>();
  private readonly running = new Map<number, AbortController>();
  private readonly stopListening: () => void;

  constructor(
    private readonly port: Port,
    private readonly requestHandlers: RequestHandlers<Own>,
    private readonly notificationHandlers: NotificationHandlers<Own>,
  ) {
    this.stopListening = port.listen((message) => {
      if (isMessage(message)) this.receive(message);
    });
  }

  request<M extends keyof Other['requests'] & string>(
    method: M,
    params: Other['requests'][M]['params'],
    options: RequestOptions = {},
  ): Promise<Other['requests'][M]['result']> {
    return new Promise((resolve, reject) => {
      if (this.disposed) return reject(closedError());
      if (options.signal?.aborted) return reject(cancelledError());
      const id = this.nextId++;
      const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
      const timer =
        timeoutMs > 0
          ? setTimeout(() => this.abandon(id, timeoutError(method, timeoutMs)), timeoutMs)
          : undefined;
      const onAbort = (): void => this.abandon(id, cancelledError());
      options.signal?.addEventListener('abort', onAbort, { once: true });
      const settled = (): void => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        this.pending.delete(id);
      };
      this.pending.set(id, {
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      this.send({ kind: 'request', id, method, params });
    });
  }

  notify<M extends keyof Other['notifications'] & string>(
    method: M,
    params: Other['notifications'][M],
  ): void {
    if (!this.disposed) this.send({ kind: 'notify', method, params });
  }

  /** Rejects what is waiting, aborts what is running, stops listening. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.stopListening();
    for (const pending of [...this.pending.values()]) pending.reject(closedError());
    for (const controller of this.running.values()) controller.abort();
    this.running.clear();
  }

  private send(message: Message): void {
    try {
      this.port.post(message);
    } catch (thrown) {
      // A dead port must not leave a request waiting, nor throw into whoever notifies.
      if (message.kind === 'request') {
        this.pending
          .get(message.id)
          ?.reject(new TraceError('closed', closedError().message, String(thrown)));
      }
    }
  }

  private abandon(id: number, error: TraceError): void {
    this.send({ kind: 'cancel', id });
    this.pending.get(id)?.reject(error);
  }

  private receive(message: Message): void {
    if (this.disposed) return;
    switch (message.kind) {
      case 'request':
        void this.answer(message.id, message.method, message.params);
        return;
      case 'result':
        this.pending.get(message.id)?.resolve(message.result);
        return;
      case 'error':
        this.pending.get(message.id)?.reject(deserializeError(message.error));
        return;
      case 'cancel':
        this.running.get(message.id)?.abort();
        return;
      case 'notify':
        if (Object.hasOwn(this.notificationHandlers, message.method)) {
          this.notificationHandlers[message.method]?.(
            message.params as Own['notifications'][string],
          );
        }
    }
  }

  private async answer(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.running.set(id, controller);
    let reply: Message;
    try {
      const handler = Object.hasOwn(this.requestHandlers, method)
        ? this.requestHandlers[method]
        : undefined;
      if (!handler) throw new TraceError('invalid', `There is no request named "${method}".`);
      reply = { kind: 'result', id, result: await handler(params, controller.signal) };
    } catch (thrown) {
      reply = { kind: 'error', id, error: serializeError(thrown) };
    }
    this.running.delete(id);
    if (this.disposed) return;
    try {
      this.port.post(reply);
    } catch (thrown) {
      // A result that cannot be copied into a message must not leave the other side waiting.
      this.send({ kind: 'error', id, error: serializeError(thrown) });
    }
  }
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const message = value as Record<string, unknown>;
  if (message['kind'] === 'notify') return typeof message['method'] === 'string';
  if (typeof message['id'] !== 'number') return false;
  switch (message['kind']) {
    case 'request':
      return typeof message['method'] === 'string';
    case 'error':
      return typeof message['error'] === 'object' && message['error'] !== null;
    case 'result':
    case 'cancel':
      return true;
    default:
      return false;
  }
}

const closedError = (): TraceError =>
  new TraceError('closed', 'The trace is no longer open. Open the file again.');
const cancelledError = (): TraceError => new TraceError('cancelled', 'Cancelled.');
const timeoutError = (method: string, timeoutMs: number): TraceError =>
  new TraceError(
    'timeout',
    `Reading the trace took longer than ${timeoutMs / 1_000} s and was given up. Try again.`,
    `request "${method}" timed out`,
  );
