import { randomUUID } from 'node:crypto';
import type { Run, RunOptions } from './api.js';
import { RunClock, monotonicUs } from './clock.js';
import { type Destination, type Place, type RunFrame, setPlace } from './context.js';
import { asyncDispose, dispose } from './disposing.js';
import { ShownErrors } from './errors.js';
import { plainJson } from './plainJson.js';
import { putError } from './events.js';
import type { RecordedStep } from './steps.js';
import { given, labelOf, nameOf } from './texts.js';
import { safely } from './warnings.js';

export type RunStatus = 'completed' | 'failed';

export class RecordedRun implements Run {
  readonly place: Place;
  private readonly frame: RunFrame;
  private failed = false;
  private hasEnded = false;

  /** @param whenInterrupted how it ended if it is open when the process ends. */
  constructor(
    destination: Destination,
    name: unknown,
    options: RunOptions,
    private readonly whenInterrupted: RunStatus = 'failed',
  ) {
    this.frame = {
      ...{ id: randomUUID(), clock: new RunClock(), destination },
      shownErrors: new ShownErrors(),
    };
    this.place = { run: this.frame, id: undefined };
    setPlace(this, this.place);
    destination.outbox.put({
      type: 'run_start',
      run_id: this.frame.id,
      name: nameOf(name, 'run'),
      timestamp_us: this.nowUs,
      ...runFields(options),
    });
    destination.outbox.openRun(this);
  }

  get id(): string {
    return this.frame.id;
  }

  error(error: unknown): void {
    safely(undefined, () => {
      if (this.hasEnded) return;
      this.failed = true;
      putError(this.place, error);
    });
  }

  end(status?: RunStatus): void {
    safely(undefined, () => this.finish(status ?? (this.failed ? 'failed' : 'completed')));
  }

  interrupt(): void {
    safely(undefined, () => this.finish(this.failed ? 'failed' : this.whenInterrupted));
  }

  [dispose](): void {
    this.end();
  }

  [asyncDispose](): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  private finish(status: RunStatus): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const { outbox } = this.frame.destination;
    outbox.put({
      type: 'run_end',
      run_id: this.frame.id,
      status: status === 'failed' ? 'failed' : 'completed',
      timestamp_us: this.nowUs,
    });
    outbox.closeRun(this);
  }

  private get nowUs(): number {
    return this.frame.clock.wallUs(monotonicUs());
  }
}

/** What would be a run, but was started within one. */
export class RunWithinRun implements Run {
  constructor(private readonly step: RecordedStep) {
    setPlace(this, step.place);
  }

  get id(): string {
    return this.step.id;
  }

  error(error: unknown): void {
    this.step.error(error);
  }

  end(status?: RunStatus): void {
    this.step.end(status === undefined ? {} : { status });
  }

  [dispose](): void {
    this.end();
  }

  [asyncDispose](): Promise<void> {
    this.end();
    return Promise.resolve();
  }
}

export function runFields(options: RunOptions) {
  return given({
    agent_type: labelOf(options.agentType, 'agentType'),
    session_id: labelOf(options.sessionId, 'sessionId'),
    user_id: labelOf(options.userId, 'userId'),
    metadata: plainJson(options.metadata),
  });
}
