import { randomUUID } from 'node:crypto';
import type { Step, StepEnding, StepOptions } from './api.js';
import { monotonicUs, wholeUs } from './clock.js';
import { type Place, setPlace } from './context.js';
import { asyncDispose, dispose } from './disposing.js';
import { shownError } from './errors.js';
import { plainJson, plainObject } from './plainJson.js';
import { Progress } from './progress.js';
import { given, labelOf, nameOf } from './texts.js';
import { safely } from './warnings.js';
import type { StepType } from './wire.js';

export class RecordedStep implements Step {
  readonly id = randomUUID();
  readonly place: Place;
  private readonly startedUs = monotonicUs();
  /** What is known of it from the start: its end takes the place of that. */
  private readonly data: Readonly<Record<string, unknown>>;
  private readonly told: Progress;
  private failure: unknown;
  private hasFailed = false;
  private hasEnded = false;

  constructor(around: Place, type: StepType, name: unknown, options: StepOptions) {
    const { run } = around;
    this.place = { run, id: this.id };
    setPlace(this, this.place);
    this.told = new Progress(this.id, run);
    this.data = given({ ...plainObject(options.data), input: plainJson(options.input) });
    run.destination.outbox.put({
      ...{ type: 'step_start', step_id: this.id, run_id: run.id },
      ...given({ parent_id: around.id }),
      ...{ step_type: type, name: nameOf(name, type) },
      timestamp_us: run.clock.wallUs(this.startedUs),
      ...(Object.keys(this.data).length > 0 && { data: this.data }),
    });
  }

  progress(fraction: number, message?: string): void {
    safely(undefined, () => {
      if (!this.hasEnded) this.told.say(fraction, message);
    });
  }

  phase(name: string): void {
    safely(undefined, () => {
      if (!this.hasEnded) this.told.phase(name);
    });
  }

  error(error: unknown): void {
    safely(undefined, () => {
      if (this.hasEnded) return;
      this.hasFailed = true;
      this.failure = shownError(error);
      this.place.run.shownErrors.add(error);
    });
  }

  end(end?: StepEnding): void {
    safely(undefined, () => {
      if (this.hasEnded) return;
      this.hasEnded = true;
      this.told.seal();
      const known = given({
        input: plainJson(end?.input),
        output: plainJson(end?.output),
        error: this.failure,
      });
      this.place.run.destination.outbox.put({
        ...{ type: 'step_end', step_id: this.id },
        status: labelOf(end?.status, 'A status') ?? (this.hasFailed ? 'failed' : 'completed'),
        duration_us: wholeUs(monotonicUs() - this.startedUs),
        ...(Object.keys(known).length > 0 && { data: { ...this.unsaid(), ...known } }),
      });
    });
  }

  /** What is known from the start, without what has its own event: the end would take back what was said since. */
  private unsaid(): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this.data).filter(
        ([name]) => !['progress', 'message', 'phases'].includes(name),
      ),
    );
  }

  [dispose](): void {
    this.end();
  }

  [asyncDispose](): Promise<void> {
    this.end();
    return Promise.resolve();
  }
}
