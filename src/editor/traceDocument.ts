/**
 * One trace that is open in the store process, shared by every panel and tree node that shows it.
 * Knows its state (loading, failed, ready); opening never throws: a failure is a state.
 */
import * as vscode from 'vscode';
import type { StallRule } from '../model/metrics.js';
import type { TokenColumns } from '../model/tokens.js';
import type { StepKey, TraceSummary } from '../model/trace.js';
import { type SerializedError, TraceError, toTraceError } from '../protocol/errors.js';
import type { PageState } from '../protocol/pageMessages.js';
import { readTokens } from '../protocol/readTokens.js';
import type { DocumentNumber, StoreSurface, TraceRequests } from '../protocol/storeMessages.js';
import { actionsFor } from './failureActions.js';
import type { Keys } from './keys.js';
import type { Settings } from './settings.js';
import { traceSource } from './traceSource.js';
import type { TraceStore } from './traceStore.js';

export interface DocumentServices {
  readonly store: TraceStore;
  readonly keys: Keys;
  readonly log: vscode.LogOutputChannel;
  readonly settings: () => Settings;
}

/** A store that dies again this soon after it was restarted is not restarted by itself. */
const crashLoopMs = 30_000;

export class TraceDocument {
  private readonly stateEmitter = new vscode.EventEmitter<PageState>();
  readonly onDidChangeState = this.stateEmitter.event;
  private readonly disposeEmitter = new vscode.EventEmitter<void>();
  readonly onDidDispose = this.disposeEmitter.event;
  readonly fileName: string;

  private currentState: PageState;
  /** What the store process knows the trace by; null while it does not have it. */
  private number: DocumentNumber | null = null;
  private attempt = new AbortController();
  private opened: Promise<void> = Promise.resolve();
  private anySize = false;
  /** Of the newest data that were ready; grows also when the trace is opened anew. */
  private generation = 0;
  private lastCrash = -Infinity;
  private changeIsPending = false;
  private disposed = false;

  constructor(
    readonly uri: vscode.Uri,
    private readonly services: DocumentServices,
  ) {
    this.fileName = uri.path.slice(uri.path.lastIndexOf('/') + 1);
    this.currentState = this.loading(0, 'Opening…');
  }

  get state(): PageState {
    return this.currentState;
  }

  /** What the trace holds; null unless it is ready. */
  get summary(): TraceSummary | null {
    return this.currentState.status === 'ready' ? this.currentState.summary : null;
  }

  /** It is encrypted, and no key that is known fits. */
  get needsKey(): boolean {
    const { currentState: state } = this;
    return state.status === 'failed' && state.actions.includes('enterKey');
  }

  /** Settles when the opening that runs now has ended, well or not. */
  get whenOpened(): Promise<void> {
    return this.opened;
  }

  /** Opens, or opens anew; a trace that was ready stays on the page meanwhile. */
  open(options: { readonly key?: string; readonly anySize?: boolean } = {}): Promise<void> {
    // Nobody would ever close again in the store what is opened now.
    if (this.disposed) return this.opened;
    this.attempt.abort();
    this.attempt = new AbortController();
    this.anySize ||= options.anySize ?? false;
    if (this.currentState.status !== 'ready') this.setState(this.loading(0, 'Opening…'));
    this.opened = this.openUntilNewest(options.key ?? null, this.attempt);
    return this.opened;
  }

  cancel(): void {
    this.attempt.abort();
    if (this.currentState.status === 'loading') {
      this.fail(new TraceError('cancelled', `Opening ${this.fileName} was cancelled.`));
    }
  }

  async request<M extends keyof TraceRequests>(
    method: M,
    params: TraceRequests[M]['params'],
    signal?: AbortSignal,
  ): Promise<TraceRequests[M]['result']> {
    await this.opened;
    if (this.number === null) throw this.notOpen();
    const options = signal ? { signal } : {};
    return this.services.store.ask(
      method,
      { ...params, document: this.number } as StoreSurface['requests'][M]['params'],
      options,
    );
  }

  /** All tokens of a call; empty for a step that is none. */
  tokens(call: StepKey): Promise<TokenColumns> {
    return readTokens((range) => this.request('tokens', { call, ...range }));
  }

  async setStallRule(stallRule: StallRule): Promise<void> {
    await this.opened;
    if (this.number === null) return;
    try {
      const params = { document: this.number, stallRule };
      this.changed(await this.services.store.ask('setStallRule', params));
    } catch (thrown) {
      this.logFailure('Taking over the changed settings failed', toTraceError(thrown));
    }
  }

  /** The file itself changed and the store process may not watch it: a virtual file, or one that failed. */
  async fileChanged(): Promise<void> {
    if (this.changeIsPending) return;
    // An opening that is under way is not given up for it: a file that grows all the time would never open.
    this.changeIsPending = true;
    await this.opened;
    this.changeIsPending = false;
    const { currentState: state } = this;
    const isToBeRead =
      state.status === 'failed' ? waitsForTheFile(state.error) : this.uri.scheme !== 'file';
    if (isToBeRead && !this.disposed) await this.open();
  }

  progressed(fraction: number, what: string): void {
    if (this.currentState.status === 'loading') this.setState(this.loading(fraction, what));
  }

  changed(summary: TraceSummary): void {
    this.generation = summary.generation;
    this.setState({ status: 'ready', summary, sourceLost: null });
  }

  sourceLost(error: SerializedError): void {
    if (this.currentState.status !== 'ready') return;
    this.logFailure('The source was lost', error);
    this.setState({ ...this.currentState, sourceLost: error });
  }

  /** The store process ended. Comes back by itself once; a crash that repeats is left to the user. */
  storeEnded(error: TraceError): void {
    if (this.number === null || this.disposed) return;
    this.number = null;
    const now = performance.now();
    const repeats = now - this.lastCrash < crashLoopMs;
    this.lastCrash = now;
    this.logFailure('The store process ended', error);
    if (repeats) this.fail(error);
    else void this.open();
  }

  dispose(): void {
    this.disposed = true;
    this.attempt.abort();
    this.closeInStore();
    this.disposeEmitter.fire();
    this.disposeEmitter.dispose();
    this.stateEmitter.dispose();
  }

  private async openUntilNewest(key: string | null, attempt: AbortController): Promise<void> {
    await this.openOnce(key, attempt.signal);
    // Whoever waits for this opening waits for the one that took its place.
    if (attempt !== this.attempt) await this.opened;
  }

  private async openOnce(newKey: string | null, signal: AbortSignal): Promise<void> {
    const { store, settings } = this.services;
    let number: DocumentNumber | null = null;
    try {
      const key = newKey ?? (await this.keptKey());
      const confirmAboveBytes = this.anySize ? Infinity : settings().largeFileBytes;
      const source = await traceSource(this.uri, confirmAboveBytes);
      if (signal.aborted) return;
      number = store.newDocument(this);
      const { stallRule } = settings().page;
      const summary = await store.ask(
        'open',
        {
          document: number,
          source,
          stallRule,
          firstGeneration: this.generation + 1,
          confirmAboveBytes,
          keys: key === null ? [] : [key],
        },
        { signal, timeoutMs: 0 },
      );
      if (signal.aborted) throw new TraceError('cancelled', 'Cancelled.');
      this.closeInStore();
      this.number = number;
      this.changed(summary);
      if (newKey !== null) await this.keepKey(newKey);
    } catch (thrown) {
      if (number !== null) store.closeDocument(number);
      // Whoever aborted has said what the state is now.
      if (!signal.aborted) this.openingFailed(toTraceError(thrown));
    }
  }

  /** Where the system has no keyring that works, traces open all the same. */
  private async keptKey(): Promise<string | null> {
    try {
      return await this.services.keys.of(this.uri);
    } catch (thrown) {
      this.logFailure('The secret storage could not be read', toTraceError(thrown));
      return null;
    }
  }

  private async keepKey(key: string): Promise<void> {
    try {
      await this.services.keys.keep(this.uri, key);
    } catch (thrown) {
      this.logFailure('The key could not be kept', toTraceError(thrown));
      void vscode.window.showWarningMessage(
        'The trace is open, but its key could not be kept in the secret storage of VS Code. It is asked for again next time.',
      );
    }
  }

  private openingFailed(error: TraceError): void {
    if (this.currentState.status === 'ready' && this.number !== null) {
      this.sourceLost({ code: error.code, message: error.message, detail: error.detail });
    } else {
      this.fail(error);
    }
  }

  private closeInStore(): void {
    if (this.number !== null) this.services.store.closeDocument(this.number);
    this.number = null;
  }

  private fail(error: TraceError): void {
    this.logFailure('Opening failed', error);
    const { code, message, detail } = error;
    this.setState({
      status: 'failed',
      fileName: this.fileName,
      error: { code, message, detail },
      actions: actionsFor(code),
    });
  }

  private logFailure(what: string, error: SerializedError): void {
    const line = `${this.uri.toString(true)}: ${what}: ${error.message} [${error.code}]`;
    this.services.log.warn(error.detail === null ? line : `${line}\n${error.detail}`);
  }

  private loading(fraction: number, what: string): PageState {
    return { status: 'loading', fileName: this.fileName, fraction, what };
  }

  private notOpen(): TraceError {
    return new TraceError('closed', `${this.fileName} is not open. Open it again.`);
  }

  private setState(state: PageState): void {
    if (this.disposed) return;
    this.currentState = state;
    this.stateEmitter.fire(state);
  }
}

/** A failure that a change of the file may end: it may be complete now, or there again. */
const waitsForTheFile = ({ code }: SerializedError): boolean =>
  !['key-needed', 'key-wrong', 'confirm-size', 'too-large', 'cancelled'].includes(code);
