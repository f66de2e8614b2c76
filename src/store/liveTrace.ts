/** A native trace in memory and the log of the capture that writes it: brought up to date by what is appended. */
import type { EventApplier } from './log/applyEvents.js';
import type { FollowedLog, LogReading } from './log/followedLog.js';
import type { TraceQueries } from './traceQueries.js';

export class LiveTrace {
  private updating: Promise<unknown> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    readonly tracePath: string,
    private readonly queries: TraceQueries,
    private readonly applier: EventApplier,
    private readonly log: FollowedLog,
  ) {}

  /** Whether an update may bring something; costs one look at the directory. */
  hasNews(): Promise<boolean> {
    return this.log.hasChanged();
  }

  /**
   * Takes over what has been appended until now; one at a time.
   * @throws TraceError when the log cannot be read or applied.
   */
  update(): Promise<LogReading> {
    const update = this.updating.then(() => this.readLog());
    this.updating = update.catch(() => undefined);
    return update;
  }

  close(): void {
    this.closing.abort();
  }

  private async readLog(): Promise<LogReading> {
    const { signal } = this.closing;
    if (signal.aborted) return 'gone';
    return this.log.read((events) => {
      // The database is closed with the trace.
      signal.throwIfAborted();
      this.queries.changed(this.applier.apply(events).changes);
    }, signal);
  }
}
