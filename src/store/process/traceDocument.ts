/** One trace that is open in the store process: its data, and how they follow the file. */
import type { StallRule } from '../../model/metrics.js';
import type { TraceSummary } from '../../model/trace.js';
import { type TraceError, toTraceError } from '../../protocol/errors.js';
import type { OpenParams } from '../../protocol/storeMessages.js';
import {
  type OpenReader,
  type OpenTraceOptions,
  type OpenedTrace,
  openLiveTrace,
} from '../openTrace.js';
import { type SourceState, sourceState } from '../source/sourceState.js';
import { SourceWatcher } from '../source/sourceWatcher.js';
import type { TraceQueries } from '../traceQueries.js';
import { LiveWatcher } from './liveWatcher.js';

export interface DocumentEvents {
  readonly progress: (fraction: number, what: string) => void;
  readonly changed: (summary: TraceSummary) => void;
  readonly sourceLost: (error: TraceError) => void;
}

/** What may be over without anything changing in the file: a writer's lock, taken rights, a lost disk. */
const passing: readonly TraceError['code'][] = ['busy', 'no-permission', 'not-found'];

/** A log is cut seconds apart; whoever cuts it faster than it can be read is not waited for. */
const syncAttempts = 5;

export class TraceDocument {
  private readonly watcher: SourceWatcher | null;
  private readonly closing = new AbortController();
  private current: TraceQueries;
  /** Set while a capture writes the trace; its log is followed then, and not the file. */
  private live: LiveWatcher | null = null;
  /** What the reader of the page has been told last; null when the data are those of the file. */
  private toldLoss: TraceError['code'] | null = null;

  private constructor(
    private readonly params: OpenParams,
    private readonly openReader: OpenReader,
    private readonly events: DocumentEvents,
    opened: OpenedTrace,
    private stallRule: StallRule,
    state: SourceState | null,
  ) {
    const { source } = params;
    this.watcher =
      source.kind === 'path' && state
        ? new SourceWatcher(source.path, state, () => this.reload())
        : null;
    this.current = opened.queries;
    this.follow(opened);
  }

  /** @throws TraceError for whatever keeps the trace from being opened. */
  static async open(
    params: OpenParams,
    openReader: OpenReader,
    events: DocumentEvents,
    signal: AbortSignal,
  ): Promise<TraceDocument> {
    const { source, stallRule, firstGeneration, confirmAboveBytes, keys } = params;
    // Before the reading: what is written during it is then seen as a change.
    const state = source.kind === 'path' ? await sourceState(source.path) : null;
    const opened = await openLiveTrace({
      source,
      openReader,
      stallRule,
      keys,
      ...(firstGeneration === undefined ? {} : { generation: firstGeneration }),
      confirmAboveBytes,
      signal,
      onProgress: events.progress,
    });
    return new TraceDocument(params, openReader, events, opened, stallRule, state);
  }

  get queries(): TraceQueries {
    return this.current;
  }

  setStallRule(stallRule: StallRule): TraceSummary {
    this.stallRule = stallRule;
    this.current.setStallRule(stallRule);
    return this.current.summary();
  }

  /** Takes over what a capture has appended until now. @throws TraceError when that cannot be read. */
  async sync(): Promise<TraceSummary> {
    for (let attempt = 0; attempt < syncAttempts; attempt++) {
      const { live } = this;
      const reading = await live?.sync();
      if (reading === 'read' || reading === 'gone') break;
      if (live) this.followedToEnd(live);
      // Whatever is to be reloaded is reloaded now.
      await this.watcher?.look();
      if (!this.live) break;
    }
    return this.current.summary();
  }

  close(): void {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    this.watcher?.close();
    this.live?.close();
    this.current.close();
  }

  /** The data of before stay until the new ones are there. Resolves to false when it is to be tried again. */
  private async reload(): Promise<boolean> {
    // A fold has replaced the file: what it holds was in the log.
    if (this.live) return true;
    try {
      const opened = await openLiveTrace(this.reloadOptions());
      const { queries } = opened;
      if (this.closing.signal.aborted) {
        opened.live?.close();
        queries.close();
        return true;
      }
      // The rule may have changed while the file was read.
      queries.setStallRule(this.stallRule);
      this.current.close();
      this.current = queries;
      this.follow(opened);
      this.toldLoss = null;
      this.events.changed(queries.summary());
      return true;
    } catch (thrown) {
      if (this.closing.signal.aborted) return true;
      const error = toTraceError(thrown);
      this.lost(error);
      return !passing.includes(error.code);
    }
  }

  private follow({ live, queries }: OpenedTrace): void {
    if (!live) return;
    const watcher = new LiveWatcher(live, () => queries.generation, {
      changed: () => this.events.changed(queries.summary()),
      ended: (error) => {
        if (error) this.lost(error);
        this.followedToEnd(watcher);
      },
    });
    this.live = watcher;
  }

  private followedToEnd(live: LiveWatcher): void {
    live.close();
    if (this.live !== live) return;
    this.live = null;
    this.watcher?.reloadSoon();
    void this.watcher?.look();
  }

  private lost(error: TraceError): void {
    if (this.toldLoss !== error.code) this.events.sourceLost(error);
    this.toldLoss = error.code;
  }

  private reloadOptions(): OpenTraceOptions {
    const { source, keys } = this.params;
    return {
      source,
      openReader: this.openReader,
      stallRule: this.stallRule,
      keys,
      generation: this.current.generation + 1,
      signal: this.closing.signal,
    };
  }
}
