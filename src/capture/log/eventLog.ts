/**
 * Where a capture's events are kept: appended to the log at once, and folded into the trace now and then. What the
 * disk does not take is kept in memory and written when it does again.
 */
import { constants } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { formatTokens } from '../../model/formatting.js';
import { type Milliseconds, milliseconds } from '../../model/units.js';
import type { CaptureProblem } from '../../protocol/captureStatus.js';
import { type CaptureLock, acquireLock } from '../../store/log/captureLock.js';
import { encodeEvent, logSuffix } from '../../store/log/logLines.js';
import type { EventSink, TraceEvent } from '../../store/log/traceEvent.js';
import { monotonicUs } from '../clock.js';
import { checkOrMakeTrace, realTracePath } from './beginning.js';
import type { FoldJob } from './foldJob.js';
import { FoldSchedule, type Sizes } from './foldSchedule.js';
import { KeptLines } from './keptLines.js';
import { LogFile, type Write } from './logFile.js';
import { type LogHealth, LogFigures } from './logFigures.js';
import { beginningError } from './problems.js';
import { recoverTrace } from './recovery.js';
import { runFold } from './runFold.js';
import { TracePlace } from './tracePlace.js';
import { Troubles } from './troubles.js';

export interface EventLogOptions {
  /** The bundled entry of the fold worker. */
  readonly foldWorkerPath: string;
  /** Whenever they are others than before; see {@link EventLog.problems}. */
  readonly onProblems?: (problems: readonly CaptureProblem[]) => void;
  /** For the log of the program. */
  readonly log: (line: string) => void;
  /** The log is folded above this size, or half that of the trace if that is more. */
  readonly foldAboveBytes?: number;
  /** How much is kept while the disk takes nothing. */
  readonly keepBytes?: number;
  /** How often it is looked at the files, and tried again what failed; a second. */
  readonly watchEveryMs?: Milliseconds;
  /** For tests whose disk is full. */
  readonly write?: Write;
}

export type AppendedListener = (events: readonly TraceEvent[]) => void;

const megabyte = 1024 * 1024;
const syncEveryMs = milliseconds(100);
const usualWatchEveryMs = milliseconds(1_000);

export class EventLog implements EventSink {
  /** What was recovered and dropped; sentences. */
  readonly notices: string[] = [];
  /** A capture that had died had left this trace. */
  wasRecovered = false;
  private readonly troubles: Troubles;
  private readonly figures = new LogFigures();
  private readonly kept: KeptLines;
  private readonly listeners = new Set<AppendedListener>();
  /** The files are where they belong: without that, what is appended is lost with the end of this process. */
  private isInPlace = true;
  private isClosing = false;
  private hasRecorded = false;
  private closed: Promise<void> | null = null;
  /** Folds, moves and looks at the files: one at a time. */
  private work: Promise<void> | null = null;
  private watchTimer: NodeJS.Timeout | undefined;
  private syncTimer: NodeJS.Timeout | undefined;
  private readonly foldSchedule: FoldSchedule;
  private folderWasClosed = false;
  /** False on a file system whose files do not keep their numbers. */
  private knowsPlaces = true;
  private lastAppendMs = performance.now();

  private constructor(
    /** Of the file itself, where a link leads to it. */
    readonly tracePath: string,
    private readonly options: EventLogOptions,
    private readonly lock: CaptureLock,
    private readonly trace: TracePlace,
    private readonly log: LogFile,
  ) {
    this.kept = new KeptLines(options.keepBytes ?? 64 * megabyte);
    this.foldSchedule = new FoldSchedule(options.foldAboveBytes);
    this.troubles = new Troubles(tracePath, options.log, options.onProblems);
    this.watchTimer = setInterval(
      () => this.inTurn(() => this.watch()),
      options.watchEveryMs ?? usualWatchEveryMs,
    ).unref();
  }

  /**
   * Makes the trace, or goes on with the one that is there, and recovers first what a capture that died has left.
   * @throws TraceError for whatever keeps the capture from being recorded there.
   */
  static async open(tracePath: string, options: EventLogOptions): Promise<EventLog> {
    try {
      const path = await realTracePath(tracePath);
      const lock = await acquireLock(path);
      try {
        const recovered = await recoverTrace(path, lock, options.foldWorkerPath);
        if (!recovered) await checkOrMakeTrace(path, lock, options.foldWorkerPath);
        const log = await LogFile.begin(path + logSuffix, options.write);
        const eventLog = new EventLog(path, options, lock, TracePlace.open(path), log);
        if (recovered?.sentence) {
          eventLog.notices.push(recovered.sentence);
          eventLog.wasRecovered = true;
        }
        return eventLog;
      } catch (thrown) {
        await lock.release();
        throw thrown;
      }
    } catch (thrown) {
      throw beginningError(thrown, tracePath);
    }
  }

  /** What is wrong now. */
  get problems(): readonly CaptureProblem[] {
    return this.troubles.problems;
  }

  health(): LogHealth {
    return this.figures.health({
      logBytes: this.log.size,
      fileBytes: this.trace.bytes,
      keptEvents: this.kept.count,
      keptBytes: this.kept.bytes,
      droppedTokens: this.kept.droppedTokens,
    });
  }

  /** Told of events when they are in the log. */
  onAppended(listener: AppendedListener): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }

  append(events: readonly TraceEvent[]): boolean {
    if (this.isClosing) return false;
    this.lastAppendMs = performance.now();
    // Behind what is kept: the order stays.
    const written = this.kept.count > 0 ? 0 : this.write(events, events.map(encodeEvent));
    if (written === events.length) return this.isInPlace && this.kept.count === 0;
    for (const event of events.slice(written)) this.kept.add(event);
    return false;
  }

  /** Resolves when everything is in the trace; what could not be done is in {@link problems}. */
  close(): Promise<void> {
    this.isClosing = true;
    return (this.closed ??= this.finish());
  }

  /** How many of them, the first ones, are written. */
  private write(events: readonly TraceEvent[], lines: readonly string[]): number {
    const start = monotonicUs();
    const { lines: written, error } = this.log.write(lines);
    if (lines.length > 0) this.figures.wrote(start);
    this.hasRecorded ||= written > 0;
    if (written > 0) this.tell(written === events.length ? events : events.slice(0, written));
    if (error === null) this.troubles.solved('log');
    else this.troubles.met('log', error);
    this.syncSoon();
    if (this.isInPlace && this.foldSchedule.isDue(this.sizes())) this.inTurn(() => this.fold());
    return written;
  }

  private tell(events: readonly TraceEvent[]): void {
    for (const listener of this.listeners) {
      try {
        listener(events);
      } catch (thrown) {
        this.options.log(`A listener of the log failed: ${String(thrown)}`);
      }
    }
  }

  private writeKept(): void {
    while (this.kept.count > 0) {
      const lines = this.kept.first(megabyte);
      const events = lines.map((line) => JSON.parse(line) as TraceEvent);
      const written = this.write(events, lines);
      this.kept.remove(written);
      if (written < lines.length) return;
    }
    const dropped = this.kept.takeDropped();
    if (dropped > 0) {
      this.notices.push(
        `${formatTokens(dropped)} could not be kept while nothing could be written to the disk.`,
      );
    }
  }

  private syncSoon(): void {
    this.syncTimer ??= setTimeout(() => void this.sync(), syncEveryMs).unref();
  }

  private async sync(): Promise<void> {
    const startMs = performance.now();
    try {
      await this.log.sync();
      this.figures.synced(milliseconds(performance.now() - startMs));
    } catch (thrown) {
      this.troubles.met('log', thrown);
    }
    this.syncTimer = undefined;
    if (this.log.needsSync && !this.isClosing) this.syncSoon();
  }

  /** Nothing, while other work goes on: whoever asks comes again. */
  private inTurn(work: () => Promise<void>): void {
    if (this.work !== null || this.isClosing) return;
    // Only when it is noted that there is work: it may write what was kept, and so ask for more.
    this.work = Promise.resolve()
      .then(work)
      .catch((thrown: unknown) => this.options.log(`Unexpected: ${String(thrown)}`))
      .finally(() => (this.work = null));
  }

  private async watch(): Promise<void> {
    this.writeKept();
    await this.putInPlace();
    if (!this.isInPlace) return;
    await this.lookAtFolder();
    const sizes = this.sizes();
    const isWorth = this.foldSchedule.isWorthWhileIdle(sizes, this.lastAppendMs);
    if (isWorth || this.foldSchedule.isDue(sizes)) await this.fold();
  }

  private async putInPlace(): Promise<void> {
    try {
      this.isInPlace = (await this.isAtPath()) && this.lock.verify();
      if (!this.isInPlace) await this.makeAgain();
      if (this.isInPlace) this.troubles.solved('place');
    } catch (thrown) {
      this.troubles.met('place', thrown);
    }
  }

  private async isAtPath(): Promise<boolean> {
    if (!this.knowsPlaces) return true;
    return (await this.log.isAtPath()) && (await this.trace.isAtPath());
  }

  /** When the folder has vanished: the open files still hold everything. */
  private async makeAgain(): Promise<void> {
    await mkdir(dirname(this.tracePath), { recursive: true });
    if (!this.lock.verify()) {
      this.troubles.takenOver();
      return;
    }
    await this.trace.restore();
    await this.log.replace(this.log.start, () => this.lock.verify());
    this.isInPlace = true;
    this.knowsPlaces = await this.isAtPath();
    if (!this.knowsPlaces) return;
    this.notices.push(
      `${basename(this.tracePath)} was moved or deleted while it was recorded, and has been written again.`,
    );
  }

  /** Folding needs new files in it: better said before. */
  private async lookAtFolder(): Promise<void> {
    try {
      await access(dirname(this.tracePath), constants.W_OK);
      if (this.folderWasClosed) this.foldSchedule.clear();
      this.folderWasClosed = false;
      if (!this.foldSchedule.hasFailed) this.troubles.solved('folder');
    } catch (thrown) {
      this.folderWasClosed = true;
      this.troubles.met('folder', thrown);
    }
  }

  private sizes(): Sizes {
    return { logBytes: this.log.size, traceBytes: this.trace.bytes };
  }

  /** One that fails is tried again later; until then the log grows. */
  private async fold(): Promise<void> {
    try {
      const end = this.log.size;
      await this.foldUpTo(end, null);
      await this.log.replace(end, () => this.lock.verify());
      this.foldSchedule.clear();
      this.troubles.solved('folder');
    } catch (thrown) {
      this.foldSchedule.failed();
      // Of a folder that is gone the next look says more.
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') this.troubles.met('folder', thrown);
    }
  }

  private async foldUpTo(end: number, interrupt: FoldJob['interrupt']): Promise<void> {
    const startMs = performance.now();
    const { temporary } = await runFold(this.options.foldWorkerPath, {
      tracePath: this.tracePath,
      mayMake: false,
      logEnd: end,
      interrupt,
      inBackground: !this.isClosing,
    });
    if (temporary) await this.trace.replaceWith(temporary, () => this.lock.verify());
    this.figures.folded(milliseconds(performance.now() - startMs));
  }

  private async finish(): Promise<void> {
    clearInterval(this.watchTimer);
    await this.work;
    clearTimeout(this.syncTimer);
    await this.putInPlace();
    this.writeKept();
    const isFolded = await this.foldAtEnd();
    await this.log.close();
    this.trace.close();
    if (isFolded) await rm(this.log.path, { force: true });
    await this.lock.release();
  }

  /** False when the log has to stay: the next start recovers it. */
  private async foldAtEnd(): Promise<boolean> {
    if (this.kept.count > 0) this.troubles.lost(this.kept.tokens);
    if (!this.isInPlace) return false;
    try {
      // Also when all of it is folded: what is open now stays so for ever.
      if (this.hasRecorded) await this.foldUpTo(this.log.size, 'ended');
      return true;
    } catch (thrown) {
      this.troubles.met('folder', thrown);
      await this.log.sync().catch(() => undefined);
      return false;
    }
  }
}
