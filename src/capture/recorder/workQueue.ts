/** Jobs that are done in their order once a turn of the event loop, after the sockets that are ready. */

/** How long the jobs of one turn may take: then the sockets are asked again. */
const turnMs = 6;

/** What waits may hold so much of what was read. Above it sockets have to wait: memory is bounded first. */
const mostWaitingBytes = 32 * 1_024 * 1_024;

interface Job {
  readonly run: () => void;
  readonly bytes: number;
}

export class WorkQueue {
  private jobs: Job[] = [];
  private waitingBytes = 0;
  private isAwake = false;

  /** `afterJobs` is called at the end of each turn in which there was something to do. */
  constructor(
    private readonly afterJobs: () => void,
    private readonly log: (line: string) => void = () => undefined,
  ) {}

  /** @param bytes that the job keeps in memory. */
  add(run: () => void, bytes = 0): void {
    this.jobs.push({ run, bytes });
    this.waitingBytes += bytes;
    this.wake();
  }

  /** There is something to do at the end of this turn. */
  wake(): void {
    if (this.isAwake) return;
    this.isAwake = true;
    setImmediate(() => {
      this.isAwake = false;
      this.work(performance.now() + turnMs);
    });
  }

  /** Does all jobs at once. */
  workOff(): void {
    this.work(Infinity);
  }

  private work(untilMs: number): void {
    let done = 0;
    for (const { run, bytes } of this.jobs) {
      done++;
      this.waitingBytes -= bytes;
      this.attempt(run);
      if (performance.now() > untilMs && this.waitingBytes <= mostWaitingBytes) break;
    }
    this.jobs = this.jobs.slice(done);
    if (this.jobs.length > 0) this.wake();
    this.attempt(this.afterJobs);
  }

  /** One exchange that cannot be recorded must not take the others along, nor the capture. */
  attempt(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      const reason = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      this.log(`Something could not be recorded: ${reason}`);
    }
  }
}
