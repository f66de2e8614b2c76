/** Long work as others see it: how far it is, and that it can be told to stop. */
import { setImmediate } from 'node:timers/promises';

/** In whatever unit is counted; `what` is for the user. */
export type OnProgress = (done: number, total: number, what: string) => void;

/** How long nothing else is heard, in ms. */
const longestStretchMs = 20;

export class Work {
  private pausedAtMs = performance.now();

  constructor(
    private readonly signal: AbortSignal | null = null,
    private readonly onProgress: OnProgress = () => undefined,
  ) {}

  get isCancelled(): boolean {
    return this.signal?.aborted ?? false;
  }

  report(done: number, total: number, what: string): void {
    this.onProgress(done, total, what);
  }

  /** Part of this work, whose own steps are too small to be told. */
  silently(): Work {
    return new Work(this.signal);
  }

  /** To be called often: lets the process hear that it shall stop. */
  async pause(): Promise<void> {
    if (performance.now() - this.pausedAtMs < longestStretchMs) return;
    await setImmediate();
    this.pausedAtMs = performance.now();
  }
}
