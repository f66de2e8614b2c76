/** A capture: composes log, recorder, proxy, API and server, and ends them in the right order. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Milliseconds } from '../model/units.js';
import type { CaptureAddress, CaptureHealth, CaptureStatus } from '../protocol/captureStatus.js';
import { logSuffix } from '../store/log/logLines.js';
import { type CaptureApi, createApi } from './api/api.js';
import { CaptureFigures } from './captureFigures.js';
import type { CaptureSettings } from './captureSettings.js';
import { EventLog } from './log/eventLog.js';
import { recoverFolder } from './log/recovery.js';
import { Proxy } from './proxy/proxy.js';
import { Recorder, type RecorderOptions } from './recorder/recorder.js';
import { createRedaction } from '../redaction/redaction.js';
import { SamplingSink, keepsEverything } from './sampling/samplingSink.js';
import { type RunningServer, startServer } from './server/server.js';

/** The bundled entries of the processes and threads that a capture starts. */
export interface CaptureFiles {
  readonly store: string;
  readonly foldWorker: string;
}

export interface CaptureOptions {
  readonly files: CaptureFiles;
  readonly settings: CaptureSettings;
  /** Path of the trace. */
  readonly db: string;
  /** How long it goes on without an editor that holds on to it; null for ever. */
  readonly detachGraceMs: Milliseconds | null;
  readonly version: string;
  /** Gets a line whenever something happens that a person should know. */
  readonly log: (line: string) => void;
}

/** Of streams that an SDK has left open: how long they may bring nothing, and how often that is looked at. */
const longestQuietMs = 10_000;
const lookEveryMs = 100;

export class Capture {
  readonly token = randomBytes(32).toString('base64url');
  private readonly startedAtMs = Date.now();
  private readonly notices: string[] = [];
  private recoveries = 0;
  private server: RunningServer | null = null;
  private readonly api: CaptureApi;
  private state: CaptureStatus['state'] = 'listening';
  private detachTimer: NodeJS.Timeout | undefined;
  private ending: Promise<void> | null = null;
  private reportEnd: () => void = () => undefined;
  /** Resolves when everything is in the trace. */
  readonly ended = new Promise<void>((resolve) => (this.reportEnd = resolve));

  private constructor(
    private readonly options: CaptureOptions,
    private readonly events: EventLog,
    private readonly recorder: Recorder,
    private readonly proxy: Proxy,
    private readonly figures: CaptureFigures,
    { sink, redaction }: Pick<RecorderOptions, 'sink' | 'redaction'>,
  ) {
    this.events.onAppended((appended) => this.figures.note(appended));
    if (events.wasRecovered) this.recoveries++;
    this.api = createApi({
      token: this.token,
      sink,
      appended: events,
      redaction,
      trace: { path: events.tracePath, storeModulePath: options.files.store },
      version: options.version,
      longestSilenceMs: options.settings.idleTimeoutMs,
      status: () => this.status(),
      hasMetrics: options.settings.experimental.openMetrics,
      stop: (when) => this.stop(when),
      onAttachments: (count) => this.attached(count),
      log: options.log,
    });
  }

  /** @throws TraceError for whatever keeps it from listening, or from recording. */
  static async start(options: CaptureOptions): Promise<Capture> {
    const { settings, db, files } = options;
    const redaction = createRedaction(settings.redaction);
    // What went wrong may quote what was recorded.
    const log = (line: string): void => options.log(redaction.text(line));
    const isNew = !existsSync(db) && !existsSync(db + logSuffix);
    const events = await EventLog.open(db, {
      foldWorkerPath: files.foldWorker,
      log,
    });
    try {
      const figures = new CaptureFigures();
      const sink = keepsEverything(settings.sampling)
        ? events
        : new SamplingSink(settings.sampling, events, (count) => figures.noteSampledOut(count));
      const recorder = new Recorder({ sink, redaction, runName: runNameOf(db), log });
      const proxy = new Proxy({ settings, recorder });
      const parts = [events, recorder, proxy, figures, { sink, redaction }] as const;
      const capture = new Capture({ ...options, log }, ...parts);
      await capture.listen();
      return capture;
    } catch (thrown) {
      await events.close();
      // Nobody wants an empty trace of a capture that never was.
      if (isNew) await rm(events.tracePath, { force: true });
      throw thrown;
    }
  }

  get address(): CaptureAddress {
    return { url: this.server?.url ?? '', token: this.token, db: this.events.tracePath };
  }

  /** `idle`: with the last open stream. */
  stop(when: 'now' | 'idle'): void {
    this.state = 'finishing';
    if (when === 'now') void this.end();
    else void this.lastStreams().then(() => this.end());
  }

  /** Those of the proxy end some time; an SDK whose agent is gone never says so. */
  private async lastStreams(): Promise<void> {
    await this.proxy.finish();
    while (this.figures.activeStreams > 0 && this.figures.quietMs < longestQuietMs) {
      if (this.ending) return;
      await delay(lookEveryMs);
    }
  }

  private async listen(): Promise<void> {
    const { settings, db, files, log } = this.options;
    this.server = await startServer({
      port: settings.port,
      proxy: this.proxy,
      api: this.api.handle,
    });
    for (const notice of this.events.notices) log(notice);
    this.attached(0);
    // Old captures do not keep a new one waiting.
    const countRecovery = (): void => {
      this.recoveries++;
    };
    void recoverFolder(dirname(db), files.foldWorker, countRecovery).then((recovered) => {
      this.notices.push(...recovered);
      for (const notice of recovered) log(notice);
    });
  }

  private status(): Required<CaptureStatus> {
    const { activeStreams, calls, tokens, tokensPerSecond } = this.figures;
    return {
      state: this.state,
      url: this.address.url,
      port: this.server?.port ?? 0,
      pid: process.pid,
      db: this.address.db,
      startedAtMs: this.startedAtMs,
      ...{ activeStreams, calls, tokens, tokensPerSecond },
      problems: this.events.problems,
      health: this.health(),
      notices: [...this.events.notices, ...this.notices],
    };
  }

  private health(): CaptureHealth {
    const log = this.events.health();
    return {
      tokensStored: this.figures.storedTokens,
      tokensSampledOut: this.figures.sampledOutTokens,
      tokensDropped: log.droppedTokens,
      logBytes: log.logBytes,
      fileBytes: log.fileBytes,
      writeLatencyMs: log.writeLatencyMs,
      recoveries: this.recoveries,
      rejectedEvents: this.api.rejectedEvents,
    };
  }

  private attached(count: number): void {
    const { detachGraceMs } = this.options;
    clearTimeout(this.detachTimer);
    if (detachGraceMs === null || count > 0 || this.ending) return;
    this.detachTimer = setTimeout(() => {
      this.options.log(
        'No editor has asked for this capture any more: it ends with its last stream.',
      );
      this.stop('idle');
    }, detachGraceMs);
  }

  private end(): Promise<void> {
    return (this.ending ??= this.endInOrder());
  }

  private async endInOrder(): Promise<void> {
    clearTimeout(this.detachTimer);
    this.proxy.close();
    await this.recorder.close();
    this.api.endCalls();
    await this.events.close();
    this.api.close();
    await this.server?.close();
    this.reportEnd();
  }
}

/** The capture's own run is called as its file. */
const runNameOf = (db: string): string => basename(db).replace(/\.llmtrace$/i, '');
