/** When old captures are cleaned up without being asked: a while after the start of a window, and every few hours. */
import type { Disposable } from './disposable.js';

/** After the start, when VS Code has other things to do. */
export const startDelayMs = 15_000;
export const pauseMs = 6 * 3_600_000;
/**
 * After a change of the settings: "14" is "1" while it is typed, and what is deleted by that does not come back.
 */
export const changeDelayMs = 5 * 60_000;

export interface Clock {
  /** Returns what stops the timer. */
  after(ms: number, act: () => void): () => void;
}

export class RetentionSchedule implements Disposable {
  private stopTimer: () => void = () => undefined;
  private isRunning = false;
  private disposed = false;

  /** `cleanUp` must not fail: nobody is there to be told. */
  constructor(
    private readonly cleanUp: () => Promise<void>,
    private readonly isOn: () => boolean,
    private readonly clock: Clock = systemClock,
  ) {
    this.startTimer(startDelayMs);
  }

  settingsChanged(): void {
    // What runs now starts the timer when it has ended.
    if (!this.isRunning) this.startTimer(changeDelayMs);
  }

  dispose(): void {
    this.disposed = true;
    this.stopTimer();
  }

  private startTimer(ms: number): void {
    this.stopTimer();
    if (this.disposed || !this.isOn()) return;
    this.stopTimer = this.clock.after(ms, () => void this.run());
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    await this.cleanUp();
    this.isRunning = false;
    this.startTimer(pauseMs);
  }
}

const systemClock: Clock = {
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
