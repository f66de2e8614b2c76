/** Jobs that are done in their order once a turn of the event loop, after the sockets that are ready. */

/** How long the jobs of one turn may take: then the sockets are asked again. */
const turnMs = 6;

export class WorkQueue {
  private jobs: (() => void)[] = [];
  private next = 0;
  private isAwake = false;

  /** `afterJobs` is called at the end of each turn in which there was something to do. */
  constructor(
    private readonly afterJobs: () => void,
    private readonly log: (line: string) => void = () => undefined,
  ) {}

  add(job: () => void): void {
    this.jobs.push(job);
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
    while (this.next < this.jobs.length) {
      const job = this.jobs[this.next++];
      if (job) this.attempt(job);
      if (performance.now() > untilMs) break;
    }
    if (this.next === this.jobs.length) {
      this.jobs = [];
      this.next = 0;
    } else {
      this.wake();
    }
    this.afterJobs();
  }

  /** One exchange that cannot be recorded must not take the others along. */
  private attempt(job: () => void): void {
    try {
      job();
    } catch (thrown) {
      const reason = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      this.log(`Something could not be recorded: ${reason}`);
    }
  }
}
