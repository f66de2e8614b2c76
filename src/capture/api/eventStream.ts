/** A response of server-sent events. A client that does not read is cut off: nothing piles up for it. */
import type { ServerResponse } from 'node:http';

export interface SentEvent {
  readonly event: string;
  /** Comes back as `Last-Event-ID` when the client connects again. */
  readonly id?: number;
  /** Sent as JSON. */
  readonly data: unknown;
}

export interface EventStreamTimes {
  readonly heartbeatMs: number;
  /** How long a client may leave what was sent unread. */
  readonly stuckMs: number;
}

export const eventStreamTimes: EventStreamTimes = { heartbeatMs: 15_000, stuckMs: 30_000 };

/** How soon a client that lost its connection tries again. */
const retryMs = 1_000;

export class EventStream {
  private readonly closing = new AbortController();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly response: ServerResponse,
    /** Of the API: it is in there as long as it is open. */
    private readonly open: Set<EventStream>,
    private readonly times = eventStreamTimes,
  ) {
    open.add(this);
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    response.write(`retry: ${retryMs}\n\n`);
    this.heartbeat = setInterval(() => {
      response.write(': still here\n\n');
      void this.drained();
    }, times.heartbeatMs);
    response.once('close', () => this.closed());
    // Writing to a client that has left is no failure of ours.
    response.on('error', () => undefined);
    // What was cut off before it was listened to says it no more.
    if (response.destroyed) this.closed();
  }

  /** Aborted when the connection is gone, from whichever side. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  /** Calls back once, when the connection is gone; at once when it is already. */
  onClosed(listener: () => void): void {
    if (this.signal.aborted) listener();
    else this.signal.addEventListener('abort', listener, { once: true });
  }

  /** The client has not taken what was sent before. */
  get isFull(): boolean {
    return this.response.writableNeedDrain;
  }

  send(events: readonly SentEvent[]): void {
    if (this.signal.aborted || events.length === 0) return;
    this.response.write(events.map(asText).join(''));
  }

  /** Settles when there is room for more, or nobody to send it to. */
  drained(): Promise<void> {
    if (this.signal.aborted || !this.response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const stuck = setTimeout(() => this.response.destroy(), this.times.stuckMs);
      const settle = (): void => {
        clearTimeout(stuck);
        this.response.off('drain', settle);
        this.signal.removeEventListener('abort', settle);
        resolve();
      };
      this.response.once('drain', settle);
      this.signal.addEventListener('abort', settle, { once: true });
    });
  }

  end(): void {
    this.response.end();
    this.closed();
  }

  private closed(): void {
    clearInterval(this.heartbeat);
    this.open.delete(this);
    this.closing.abort();
  }
}

/** Whether a client asks for events and not for JSON. */
export const wantsEvents = (request: {
  readonly method: string;
  header(name: 'accept'): string | undefined;
}): boolean =>
  request.method === 'GET' &&
  (request.header('accept')?.toLowerCase().includes('text/event-stream') ?? false);

/** JSON has no line breaks, so that one `data:` line is enough. */
const asText = ({ event, id, data }: SentEvent): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
