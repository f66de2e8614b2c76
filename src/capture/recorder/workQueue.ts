/**
 * Jobs that are done once a turn of the event loop, after the sockets that are ready. They wait in lines, each in its
 * order, which take turns: a stream that floods us must not keep the tokens of the others from being written.
 */

/** How long the jobs of one turn may take: then the sockets are asked again. */
const turnMs = 6;

/** What waits may hold so much of what was read. Above it sockets have to wait: memory is bounded first. */
const mostWaitingBytes = 32 * 1_024 * 1_024;

/** What was read of one stream is worked off so far, before another one has its turn. */
const bytesInTurn = 16 * 1_024;

interface Job {
  readonly run: () => void;
  readonly bytes: number;
  next: Job | null;
}

/** Jobs that must be done one after the other. */
export class WorkLine {
  private first: Job | null = null;
  private last: Job | null = null;

  constructor(private readonly onAdded: (line: WorkLine, bytes: number) => void) {}

  /** @param bytes that the job keeps in memory. */
  add(run: () => void, bytes = 0): void {
    const job: Job = { run, bytes, next: null };
    if (this.last) this.last.next = job;
    else this.first = job;
    this.last = job;
    this.onAdded(this, bytes);
  }

  get isEmpty(): boolean {
    return this.first === null;
  }

  take(): Job | null {
    const job = this.first;
    this.first = job?.next ?? null;
    if (!this.first) this.last = null;
    return job;
  }
}

export class WorkQueue {
  /** Those that are not empty; the first has its turn. */
  private readonly lines = new Set<WorkLine>();
  private waitingBytes = 0;
  private isAwake = false;

  /** `afterJobs` is called at the end of each turn in which there was something to do. */
  constructor(
    private readonly afterJobs: () => void,
    private readonly log: (line: string) => void = () => undefined,
  ) {}

  line(): WorkLine {
    return new WorkLine((line, bytes) => {
      this.lines.add(line);
      this.waitingBytes += bytes;
      this.wake();
    });
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
    const isOver = (): boolean =>
      performance.now() > untilMs && this.waitingBytes <= mostWaitingBytes;
    // One that is put behind the others comes again.
    for (const line of this.lines) {
      this.workAt(line, isOver);
      this.lines.delete(line);
      if (!line.isEmpty) this.lines.add(line);
      if (isOver()) break;
    }
    if (this.lines.size > 0) this.wake();
    this.attempt(this.afterJobs);
  }

  /** All of what a usual stream brings between two turns, and a little of a flood. */
  private workAt(line: WorkLine, isOver: () => boolean): void {
    for (let bytes = 0; bytes < bytesInTurn;) {
      const job = line.take();
      if (!job) return;
      bytes += job.bytes;
      this.waitingBytes -= job.bytes;
      this.attempt(job.run);
      if (isOver()) return;
    }
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
