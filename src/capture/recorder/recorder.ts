/**
 * Makes the events of a trace of what the proxy observes. The proxy's reports are queued and worked off once a turn
 * of the event loop, behind the sockets that are ready: what is parsed and written never comes before bytes that an
 * agent waits for. All events of a turn are written at once.
 */
import { randomBytes } from 'node:crypto';
import type { EpochMicroseconds, Microseconds } from '../../model/units.js';
import type { EventSink, TraceEvent } from '../../store/log/traceEvent.js';
import { epochUs } from '../clock.js';
import type { ExchangeObserver, ExchangeRecorder, RequestHead } from '../exchange.js';
import type { Redaction } from '../../redaction/redaction.js';
import { plain, wireFormatOf } from '../wire/wireFormats.js';
import { CallRecording } from './callRecording.js';
import type { Beginning, Recording } from './recording.js';
import { QueuedObserver } from './queuedObserver.js';
import { StepRecording } from './stepRecording.js';
import { wireRequestOf } from './wireFields.js';
import { WorkQueue } from './workQueue.js';

export interface RecorderOptions {
  readonly sink: EventSink;
  readonly redaction: Redaction;
  /** Of the capture's own run, which takes the calls whose URL names none. */
  readonly runName: string;
  /** Gets a line when something could not be recorded. */
  readonly log?: (line: string) => void;
}

/** How long the end waits for exchanges that have not ended, and for responses that are being decoded. */
const patienceMs = 1_000;

export class Recorder implements ExchangeRecorder {
  private readonly queue: WorkQueue;
  private events: TraceEvent[] = [];
  /** Ids of the runs that have begun, by name; null is the capture's own. */
  private readonly runs = new Map<string | null, string>();
  private readonly open = new Set<Recording>();
  private onIdle: () => void = () => undefined;
  private isClosed = false;

  constructor(private readonly options: RecorderOptions) {
    this.queue = new WorkQueue(() => this.write(), options.log);
  }

  begin(head: RequestHead, atUs: Microseconds): ExchangeObserver {
    const startedAtUs = epochUs();
    const recording = this.recordingOf({
      ...{ id: newId(), head, atUs, startedAtUs },
      redaction: this.options.redaction,
      runId: this.runOf(head.runName, startedAtUs),
      emit: (event) => this.emit(event),
      attempt: (job) => this.queue.attempt(job),
      ended: () => this.ended(recording),
    });
    this.open.add(recording);
    const line = this.queue.line();
    line.add(() => recording.begin());
    return new QueuedObserver(line, recording);
  }

  /** Writes how everything ended, calls first and then the runs. The proxy has ended its exchanges before. */
  async close(): Promise<void> {
    this.queue.workOff();
    if (this.open.size > 0) await this.idle();
    for (const recording of [...this.open]) recording.giveUp();
    const atUs = epochUs();
    for (const runId of this.runs.values()) {
      this.emit({ type: 'run-ended', runId, status: 'completed', atUs });
    }
    this.runs.clear();
    this.queue.workOff();
    this.isClosed = true;
  }

  private recordingOf(beginning: Beginning): Recording {
    const { head } = beginning;
    const format = wireFormatOf(wireRequestOf(head, undefined));
    const isCall = format !== plain || !isLookup(head);
    return isCall ? new CallRecording(beginning, format) : new StepRecording(beginning);
  }

  private runOf(name: string | null, atUs: EpochMicroseconds): string {
    const known = this.runs.get(name);
    if (known !== undefined) return known;
    const runId = newId();
    this.runs.set(name, runId);
    const shownName = this.options.redaction.text(name ?? this.options.runName);
    this.emit({ type: 'run-started', runId, name: shownName, atUs });
    return runId;
  }

  private emit(event: TraceEvent): void {
    // A response that was decoded too slowly has been given up.
    if (this.isClosed) return;
    this.events.push(event);
    this.queue.wake();
  }

  private write(): void {
    if (this.events.length === 0) return;
    const events = this.events;
    this.events = [];
    this.options.sink.append(events);
  }

  private ended(recording: Recording): void {
    this.open.delete(recording);
    if (this.open.size === 0) this.onIdle();
  }

  private idle(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const newId = (): string => randomBytes(9).toString('base64url');

/** Lists of models, health checks, WebSockets: nothing that a model is asked with. */
function isLookup({ method, headers }: RequestHead): boolean {
  const isReading = ['GET', 'HEAD', 'OPTIONS', 'DELETE'].includes(method);
  const wantsEvents = headers.accept?.includes('text/event-stream') ?? false;
  return isReading && (!wantsEvents || headers.upgrade !== undefined);
}
