/**
 * Holds the page's model and tells the parts of the page, once a frame, that what they draw has changed.
 * Knows when nothing is pending: the page is idle (`data-idle`, which tests wait for).
 */
import type { PageModel } from './pageModel.js';

type Key = keyof PageModel;

interface Watcher {
  readonly keys: readonly Key[];
  readonly draw: () => void;
}

/** Of the platform, so that tests can hand in their own. */
export interface Frames {
  request(callback: (nowMs: number) => void): void;
}

export class PageStore {
  private readonly watchers = new Set<Watcher>();
  private readonly changed = new Set<Key>();
  private readonly animations = new Set<(nowMs: number) => void>();
  private readonly idleListeners = new Set<(idle: boolean) => void>();
  private frameScheduled = false;
  private pendingRequests = 0;
  private idle = true;

  constructor(
    private model: PageModel,
    private readonly frames: Frames,
  ) {}

  get current(): PageModel {
    return this.model;
  }

  /** Takes over the values that differ and schedules a frame for those who watch them. */
  update(patch: Partial<PageModel>): void {
    for (const key of Object.keys(patch) as Key[]) {
      if (!Object.is(this.model[key], patch[key])) this.changed.add(key);
    }
    this.model = { ...this.model, ...patch };
    if (this.changed.size > 0) this.schedule();
  }

  /** `draw` runs in the next frame, and then in each frame before which one of the keys changed. */
  watch(keys: readonly Key[], draw: () => void): () => void {
    const watcher: Watcher = { keys, draw };
    this.watchers.add(watcher);
    for (const key of keys) this.changed.add(key);
    this.schedule();
    return () => this.watchers.delete(watcher);
  }

  /** Calls `step` in every frame until the returned function is called; the page is not idle meanwhile. */
  animate(step: (nowMs: number) => void): () => void {
    this.animations.add(step);
    this.schedule();
    return () => {
      this.animations.delete(step);
    };
  }

  /** Counts a request as pending until it settles. */
  track<T>(work: Promise<T>): Promise<T> {
    this.pendingRequests++;
    this.reportIdle();
    const settled = (): void => {
      this.pendingRequests--;
      this.reportIdle();
    };
    work.then(settled, settled);
    return work;
  }

  onIdle(listener: (idle: boolean) => void): void {
    this.idleListeners.add(listener);
    listener(this.idle);
  }

  private schedule(): void {
    if (this.frameScheduled) return;
    this.frameScheduled = true;
    this.reportIdle();
    this.frames.request((nowMs) => this.frame(nowMs));
  }

  private frame(nowMs: number): void {
    this.frameScheduled = false;
    for (const step of [...this.animations]) step(nowMs);
    const changed = new Set(this.changed);
    this.changed.clear();
    for (const watcher of [...this.watchers]) {
      if (watcher.keys.some((key) => changed.has(key))) watcher.draw();
    }
    if (this.animations.size > 0 || this.changed.size > 0) this.schedule();
    this.reportIdle();
  }

  private reportIdle(): void {
    const idle = this.pendingRequests === 0 && !this.frameScheduled;
    if (idle === this.idle) return;
    this.idle = idle;
    for (const listener of this.idleListeners) listener(idle);
  }
}
