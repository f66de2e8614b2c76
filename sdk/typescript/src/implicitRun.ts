/** The run of what happens outside of any: it begins with the first of it, and ends with the process. */
import process from 'node:process';
import { type Destination, type Place, currentPlace } from './context.js';
import { putError } from './events.js';
import { RecordedRun } from './runs.js';
import { safely } from './warnings.js';

export class ImplicitRun {
  private run: RecordedRun | null = null;

  constructor(private readonly destination: Destination) {}

  get place(): Place {
    const { settings } = this.destination;
    this.run ??= new RecordedRun(this.destination, settings.defaultRunName, {}, 'completed');
    return this.run.place;
  }

  /** If it has begun: an exception ends the process. */
  fail(error: unknown): void {
    this.run?.error(error);
  }

  end(): void {
    this.run?.end();
    this.run = null;
  }
}

const implicitRuns: ImplicitRun[] = [];

/** In the run in which they happen, and in that of the process. */
export function showUncaughtExceptions(implicitRun: ImplicitRun): void {
  implicitRuns.push(implicitRun);
  if (implicitRuns.length > 1) return;
  // A monitor changes nothing of what happens after them.
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    safely(undefined, () => {
      const place = currentPlace();
      if (place) putError(place, error);
      for (const run of implicitRuns) run.fail(error);
    });
  });
}
