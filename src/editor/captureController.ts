/** The capture of this window: starts it, finds it again after a reload, follows it, stops it. */
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { startCaptureProcess } from '../capture/client/captureProcess.js';
import { CaptureSession } from '../capture/client/captureSession.js';
import { findCapture } from '../capture/client/findCapture.js';
import type { RunningCapture } from '../capture/client/runningCapture.js';
import { SessionFile } from '../capture/client/sessionFile.js';
import type { StopWhen } from '../capture/client/sessionRequests.js';
import type { CaptureStatus } from '../protocol/captureStatus.js';
import { absolutePath, captureTrace } from './captureFolder.js';
import type { CaptureOptions } from './captureSettings.js';
import type { Disposable } from './disposable.js';

export type CaptureState =
  | { readonly state: 'off' }
  /** Its process is being started, or has not said yet how it is. */
  | { readonly state: 'starting' }
  | { readonly state: 'on'; readonly status: CaptureStatus };

export interface CaptureEnd {
  /** Path of the trace. */
  readonly db: string;
  /** False when nobody had asked for it. */
  readonly wasStopped: boolean;
}

export interface CaptureServices {
  /** The bundled command line. */
  readonly cliPath: string;
  /** Of this workspace: remembers the capture that runs. */
  readonly sessionFolder: string;
  /** Where traces go unless the settings say otherwise. */
  readonly defaultFolder: string;
  readonly options: () => CaptureOptions;
  /** Settles when `options` are sure to be what the settings say. */
  readonly whenChecked: () => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

/** What is said of a capture that died, beside its own log. */
const keptLogText = 4_000;

export class CaptureController implements Disposable {
  private readonly changeEmitter = new vscode.EventEmitter<CaptureState>();
  readonly onDidChange = this.changeEmitter.event;
  private readonly endEmitter = new vscode.EventEmitter<CaptureEnd>();
  readonly onDidEnd = this.endEmitter.event;

  private readonly file: SessionFile;
  private readonly logPath: string;
  private session: CaptureSession | null = null;
  private starting: Promise<RunningCapture> | null = null;
  private current: CaptureState = { state: 'off' };
  private startedWith: CaptureOptions | null = null;
  private lastPort: string | null = null;
  private foundAgain = false;
  private stopWasAsked = false;
  private disposed = false;

  constructor(private readonly services: CaptureServices) {
    this.file = new SessionFile(path.join(services.sessionFolder, 'capture.json'));
    this.logPath = path.join(services.sessionFolder, 'capture.log');
  }

  get state(): CaptureState {
    return this.current;
  }

  /** The trace that is being written; null when nothing is captured. */
  get trace(): vscode.Uri | null {
    return this.session ? vscode.Uri.file(this.session.capture.db) : null;
  }

  /** What the newest capture was started with, as far as this window knows. */
  get options(): CaptureOptions | null {
    return this.startedWith;
  }

  /** Another window, or this one before it was reloaded, had started the newest capture. */
  get wasFound(): boolean {
    return this.foundAgain;
  }

  /** Goes on with the capture that this workspace had before the window was reloaded. */
  async resume(): Promise<void> {
    const capture = await findCapture(this.file);
    if (capture) this.attach(capture, true);
  }

  /**
   * The running capture, or a new one.
   * @throws TraceError that says why it cannot be started.
   */
  start(): Promise<RunningCapture> {
    if (this.session) return Promise.resolve(this.session.capture);
    this.starting ??= this.startNew().finally(() => {
      this.starting = null;
      if (!this.session) this.setState({ state: 'off' });
    });
    return this.starting;
  }

  /** Settles when the capture has ended and its trace is whole; null when nothing is captured. */
  async stop(when: StopWhen): Promise<CaptureEnd | null> {
    await this.starting?.catch(() => undefined);
    const { session } = this;
    if (!session) return null;
    const disposables: vscode.Disposable[] = [];
    const ended = new Promise<CaptureEnd>((resolve) => this.onDidEnd(resolve, null, disposables));
    try {
      this.stopWasAsked = true;
      await session.stop(when);
      return await ended;
    } finally {
      this.stopWasAsked = false;
      for (const disposable of disposables) disposable.dispose();
    }
  }

  /** The capture goes on: its process ends by itself when no window comes back to it. */
  dispose(): void {
    this.disposed = true;
    this.session?.detach();
    this.changeEmitter.dispose();
    this.endEmitter.dispose();
  }

  private async startNew(): Promise<RunningCapture> {
    this.setState({ state: 'starting' });
    // Another window may show the same folder.
    const found = await findCapture(this.file);
    if (found) return this.attach(found, true);
    await this.services.whenChecked();
    const options = this.services.options();
    const capture = await this.startProcess(options);
    await this.file.write(capture).catch((thrown: unknown) => {
      this.services.log.warn(`A reloaded window will not find its capture: ${String(thrown)}`);
    });
    this.services.log.info(`Capture ${capture.pid} listens on ${capture.url}: ${capture.db}`);
    return this.attach(capture, false, options);
  }

  private async startProcess(options: CaptureOptions): Promise<RunningCapture> {
    const { folder } = options;
    const certificates = options.environment['LLM_STREAM_EXTRA_CA_CERTIFICATES'] ?? '';
    const environment: CaptureOptions['environment'] = {
      ...options.environment,
      LLM_STREAM_EXTRA_CA_CERTIFICATES:
        certificates === '' ? '' : absolutePath('extraCaCertificates', certificates),
    };
    const start = async (settings: CaptureOptions['environment']): Promise<RunningCapture> =>
      startCaptureProcess({
        cliPath: this.services.cliPath,
        db: await captureTrace(folder, this.services.defaultFolder),
        settings,
        logPath: this.logPath,
      });
    if (environment['LLM_STREAM_PORT'] === '0' && this.lastPort !== null) {
      try {
        // Terminals of the capture before it are captured again.
        return await start({ ...environment, LLM_STREAM_PORT: this.lastPort });
      } catch (thrown) {
        this.services.log.info(`Port ${this.lastPort} could not be used again: ${String(thrown)}`);
      }
    }
    return start(environment);
  }

  private attach(
    capture: RunningCapture,
    wasFound: boolean,
    options = this.services.options(),
  ): RunningCapture {
    if (this.session || this.disposed) return capture;
    this.startedWith = options;
    this.foundAgain = wasFound;
    this.setState({ state: 'starting' });
    const session = new CaptureSession(capture, {
      changed: (status) => this.setState({ state: 'on', status }),
      ended: () => void this.ended(session),
    });
    this.session = session;
    this.lastPort = new URL(capture.url).port;
    return capture;
  }

  private async ended(session: CaptureSession): Promise<void> {
    const { capture, status } = session;
    const wasStopped = this.stopWasAsked || status?.state === 'finishing';
    this.session = null;
    this.setState({ state: 'off' });
    this.services.log.info(`Capture ${capture.pid} has ended: ${capture.db}`);
    if (!wasStopped) this.services.log.error(`Nobody had stopped it. ${await this.lastWords()}`);
    await this.file.forget(capture).catch(() => undefined);
    this.endEmitter.fire({ db: capture.db, wasStopped });
  }

  private async lastWords(): Promise<string> {
    const log = await readFile(this.logPath, 'utf8').catch(() => '');
    return `The end of ${this.logPath}:\n${log.slice(-keptLogText)}`;
  }

  private setState(state: CaptureState): void {
    if (this.disposed) return;
    if (state.state !== this.current.state) {
      void vscode.commands.executeCommand(
        'setContext',
        'llmStream.capturing',
        state.state !== 'off',
      );
    }
    this.current = state;
    this.changeEmitter.fire(state);
  }
}
