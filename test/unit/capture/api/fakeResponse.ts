/** Responses of which a test says when they are full, drained and closed. */
import { EventStream } from '../../../../src/capture/api/eventStream.js';

/** As much of a response as it needs. */
export class FakeResponse {
  text = '';
  writableNeedDrain = false;
  destroyed = false;
  private readonly listeners = new Map<string, Set<() => void>>();

  writeHead(): void {}
  write(text: string): void {
    this.text += text;
  }
  on(name: string, listener: () => void): void {
    this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(listener));
  }
  once(name: string, listener: () => void): void {
    this.on(name, listener);
  }
  off(name: string, listener: () => void): void {
    this.listeners.get(name)?.delete(listener);
  }
  emit(name: string): void {
    for (const listener of this.listeners.get(name) ?? []) listener();
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
  end(): void {
    this.emit('close');
  }
}

export function streamOver(
  response: FakeResponse,
  times = { heartbeatMs: 1_000_000, stuckMs: 1_000_000 },
): { stream: EventStream; open: Set<EventStream> } {
  const open = new Set<EventStream>();
  return { open, stream: new EventStream(response as never, open, times) };
}
