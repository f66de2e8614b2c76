/** Frames that come when a test says so. */
import { type PageModel, initialPageModel } from '../../../webview/state/pageModel.js';
import { type Frames, PageStore } from '../../../webview/state/pageStore.js';

const frameMs = 16;

export class ManualFrames implements Frames {
  private callbacks: ((nowMs: number) => void)[] = [];
  private nowMs = 0;

  get waiting(): number {
    return this.callbacks.length;
  }

  request(callback: (nowMs: number) => void): void {
    this.callbacks.push(callback);
  }

  /** One frame. */
  run(): void {
    const callbacks = this.callbacks;
    this.callbacks = [];
    this.nowMs += frameMs;
    for (const callback of callbacks) callback(this.nowMs);
  }

  /** Frames until none is asked for. */
  runAll(): void {
    while (this.waiting > 0) this.run();
  }
}

export const newStore = (frames: Frames, change: Partial<PageModel> = {}): PageStore =>
  new PageStore({ ...initialPageModel, ...change }, frames);
