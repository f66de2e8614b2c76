/** The run of what happens outside of any: it begins with the first of it, and ends with the process. */
import process from 'node:process';
import type { Destination, Place } from './context.js';
import { RecordedRun } from './runs.js';

export class ImplicitRun {
  private run: RecordedRun | null = null;

  constructor(private readonly destination: Destination) {}

  get place(): Place {
    return this.started().place;
  }

  end(): void {
    process.off('uncaughtExceptionMonitor', this.fail);
    this.run?.end();
    this.run = null;
  }

  private readonly fail = (error: unknown): void => {
    this.run?.error(error);
  };

  private started(): RecordedRun {
    if (this.run) return this.run;
    const { settings } = this.destination;
    const run = new RecordedRun(this.destination, settings.defaultRunName, {}, 'completed');
    this.run = run;
    // A monitor changes nothing of what happens after an uncaught exception.
    process.once('uncaughtExceptionMonitor', this.fail);
    return run;
  }
}
