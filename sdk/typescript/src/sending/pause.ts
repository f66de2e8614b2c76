import { clearTimeout, setTimeout } from 'node:timers';

/** A wait that can be cut short, and that does not keep the process alive. */
export class Pause {
  private wake: (() => void) | null = null;

  /** False: it was cut short. */
  for(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isOver: boolean): void => {
        clearTimeout(timer);
        this.wake = null;
        resolve(isOver);
      };
      const timer = setTimeout(() => end(true), ms);
      timer.unref();
      this.wake = () => end(false);
    });
  }

  end(): void {
    this.wake?.();
  }
}
