/** The open trace pages: which one is active, and how to get the one of a file. */
import * as vscode from 'vscode';
import { TraceError } from '../protocol/errors.js';
import type { PageSession, Selection } from './pageSession.js';
import type { Settings } from './settings.js';

export const traceViewType = 'llmStream.trace';
export const databaseViewType = 'llmStream.database';

const openTimeoutMs = 20_000;

export interface PageSelection {
  readonly session: PageSession;
  readonly selection: Selection;
}

export class PageSessions implements vscode.Disposable {
  private readonly sessions = new Set<PageSession>();
  private activeIsTrace: boolean | null = null;
  private readonly addEmitter = new vscode.EventEmitter<PageSession>();
  private readonly changeEmitter = new vscode.EventEmitter<void>();
  private readonly selectEmitter = new vscode.EventEmitter<PageSelection>();
  /** A page was opened or closed. */
  readonly onDidChange = this.changeEmitter.event;
  /** The user selected something on a page, or turned to another page. */
  readonly onDidSelect = this.selectEmitter.event;

  /** The page whose tab is active; null when something else is. */
  get active(): PageSession | null {
    return [...this.sessions].find(({ panel }) => panel.active) ?? null;
  }

  find(uri: vscode.Uri): PageSession | null {
    const name = uri.toString();
    const ofFile = [...this.sessions].filter(({ document }) => document.uri.toString() === name);
    return ofFile.find(({ panel }) => panel.active) ?? ofFile[0] ?? null;
  }

  /** The page of the file, opened in a new tab unless there is one. */
  async open(uri: vscode.Uri, preserveFocus = false): Promise<PageSession> {
    const existing = this.find(uri);
    if (existing) {
      existing.panel.reveal(undefined, preserveFocus);
      return existing;
    }
    const viewType = /\.llmtrace$/i.test(uri.path) ? traceViewType : databaseViewType;
    const options: vscode.TextDocumentShowOptions = { preview: false, preserveFocus };
    await vscode.commands.executeCommand('vscode.openWith', uri, viewType, options);
    return this.find(uri) ?? this.whenAdded(uri);
  }

  add(session: PageSession): void {
    this.sessions.add(session);
    const { panel, document } = session;
    const listeners = [
      panel.onDidChangeViewState(() => {
        this.updateContext();
        if (panel.active) this.selectEmitter.fire({ session, selection: session.selection });
      }),
      document.onDidChangeState(() => this.updateContext()),
      session.onDidSelect((selection) => this.selectEmitter.fire({ session, selection })),
    ];
    panel.onDidDispose(() => {
      this.sessions.delete(session);
      for (const listener of listeners) listener.dispose();
      session.dispose();
      this.updateContext();
      this.changeEmitter.fire();
    });
    this.addEmitter.fire(session);
    this.updateContext();
    this.changeEmitter.fire();
  }

  applySettings(settings: Settings): void {
    for (const session of this.sessions) session.settingsChanged(settings);
  }

  dispose(): void {
    for (const session of this.sessions) session.dispose();
    this.sessions.clear();
    for (const emitter of [this.addEmitter, this.changeEmitter, this.selectEmitter]) {
      emitter.dispose();
    }
  }

  private whenAdded(uri: vscode.Uri): Promise<PageSession> {
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        clearTimeout(timer);
        listener.dispose();
      };
      const listener = this.addEmitter.event((session) => {
        if (session.document.uri.toString() !== uri.toString()) return;
        settled();
        resolve(session);
      });
      const timer = setTimeout(() => {
        settled();
        reject(
          new TraceError(
            'timeout',
            'VS Code opened no editor for this trace. Try again.',
            uri.path,
          ),
        );
      }, openTimeoutMs);
    });
  }

  private updateContext(): void {
    const isTrace = this.active?.document.state.status === 'ready';
    // A live trace changes its state many times a second.
    if (isTrace === this.activeIsTrace) return;
    this.activeIsTrace = isTrace;
    void vscode.commands.executeCommand('setContext', 'llmStream.activeTrace', isTrace);
  }
}
