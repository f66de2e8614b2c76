import type { WireEvent } from '../wire.js';
import type { OpenStream, Outbox, TokenBatch } from './outbox.js';
import type { SendingSettings } from './settings.js';

/** Naive for now: one POST after the other, no bound, no retry. */
export function createOutbox(settings: SendingSettings): Outbox {
  return new NaiveOutbox(settings);
}

class NaiveOutbox implements Outbox {
  readonly enabled: boolean;
  private waiting: (WireEvent | TokenBatch)[] = [];
  private readonly streams = new Set<OpenStream>();
  private readonly runs = new Set<{ interrupt(): void }>();
  private timer: NodeJS.Timeout | null = null;
  private sending: Promise<boolean> = Promise.resolve(true);

  constructor(private readonly settings: SendingSettings) {
    this.enabled = settings.enabled && settings.endpoint !== null;
    if (this.enabled) process.once('beforeExit', () => void this.finish());
  }

  put(event: WireEvent): void {
    this.add(event);
  }

  putTokens(batch: TokenBatch): void {
    this.add(batch);
  }

  openStream(stream: OpenStream): void {
    if (this.enabled) this.streams.add(stream);
    this.schedule();
  }

  closeStream(stream: OpenStream): void {
    this.streams.delete(stream);
  }

  openRun(run: { interrupt(): void }): void {
    if (this.enabled) this.runs.add(run);
  }

  closeRun(run: { interrupt(): void }): void {
    this.runs.delete(run);
  }

  async flush(timeoutMs = 5_000): Promise<boolean> {
    for (const stream of this.streams) stream.seal();
    this.send();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    const isSent = await Promise.race([this.sending, timeout]);
    clearTimeout(timer);
    return isSent;
  }

  private finish(): Promise<boolean> {
    for (const stream of this.streams) stream.interrupt('The process ended.');
    for (const run of this.runs) run.interrupt();
    return this.flush(this.settings.exitTimeoutSeconds * 1_000);
  }

  private add(item: WireEvent | TokenBatch): void {
    if (!this.enabled) return;
    this.waiting.push(item);
    this.schedule();
  }

  private schedule(): void {
    if (!this.enabled || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      for (const stream of this.streams) stream.seal();
      this.send();
      if (this.streams.size > 0) this.schedule();
    }, 100);
    this.timer.unref();
  }

  private send(): void {
    if (this.waiting.length === 0) return;
    const lines = this.waiting.map((item) => JSON.stringify(eventOf(item)) + '\n').join('');
    this.waiting = [];
    this.sending = this.sending.then(() => this.post(lines));
  }

  private async post(body: string): Promise<boolean> {
    try {
      const response = await fetch(`${this.settings.endpoint ?? ''}/v1/events`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.settings.token ?? ''}`,
          'content-type': 'application/x-ndjson',
        },
        body,
      });
      await response.text();
      return response.ok;
    } catch {
      return false;
    }
  }
}

const eventOf = (item: WireEvent | TokenBatch): WireEvent =>
  'toWireTokens' in item
    ? {
        type: 'llm_tokens',
        llm_call_id: item.callId,
        first_index: item.firstIndex,
        tokens: item.toWireTokens(),
      }
    : item;
