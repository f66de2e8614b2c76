/** One panel that shows a trace: answers its page, and tells it what changes. */
import * as vscode from 'vscode';
import type { RunKey, StepKey } from '../model/trace.js';
import { Channel, type Message, type RequestHandlers } from '../protocol/channel.js';
import type { HostSurface, PageAction, PageSurface, Reveal } from '../protocol/pageMessages.js';
import type { Disposable } from './disposable.js';
import { ownBuffers } from './ownBuffers.js';
import { pageHtml, pageRoot } from './pageHtml.js';
import type { Settings } from './settings.js';
import type { TraceDocument } from './traceDocument.js';

export interface Selection {
  readonly run: RunKey | null;
  readonly step: StepKey | null;
  readonly token: number | null;
}

export interface SessionServices {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly settings: () => Settings;
  /** Starts what the user asked for; the answer is a new state of the document. */
  readonly perform: (action: PageAction, document: TraceDocument) => void;
}

export class PageSession implements Disposable {
  private readonly selectEmitter = new vscode.EventEmitter<Selection>();
  readonly onDidSelect = this.selectEmitter.event;

  private channel: Channel<HostSurface, PageSurface> | null = null;
  private receive: (message: unknown) => void = () => undefined;
  private selected: Selection = { run: null, step: null, token: null };
  private pendingReveal: Reveal | null = null;
  private readonly disposables: readonly Disposable[];

  constructor(
    readonly document: TraceDocument,
    readonly panel: vscode.WebviewPanel,
    private readonly services: SessionServices,
  ) {
    const { webview } = panel;
    webview.options = {
      enableScripts: true,
      localResourceRoots: [pageRoot(services.extensionUri)],
    };
    this.disposables = [
      this.selectEmitter,
      webview.onDidReceiveMessage((message: unknown) => this.received(message)),
      document.onDidChangeState((state) => {
        this.channel?.notify('state', state);
        this.deliverReveal();
      }),
      panel.onDidChangeViewState(() => {
        // A hidden page does not exist; when it is shown again it says "ready" again.
        if (!panel.visible) this.disconnect();
      }),
    ];
    webview.html = pageHtml(webview, services.extensionUri);
  }

  get selection(): Selection {
    return this.selected;
  }

  settingsChanged(settings: Settings): void {
    this.channel?.notify('settings', settings.page);
  }

  /** Shows the place as soon as both the page and the trace are ready. */
  reveal(place: Reveal, preserveFocus = false): void {
    this.pendingReveal = place;
    this.panel.reveal(undefined, preserveFocus);
    this.deliverReveal();
  }

  dispose(): void {
    this.disconnect();
    for (const disposable of this.disposables) disposable.dispose();
  }

  private received(message: unknown): void {
    // Each life of the page numbers its requests from 1: answers to an earlier one must not reach it.
    if (isReadyRequest(message)) this.connect();
    this.receive(message);
  }

  private connect(): void {
    this.disconnect();
    this.channel = new Channel<HostSurface, PageSurface>(
      {
        post: (message: Message) => void this.panel.webview.postMessage(message),
        listen: (receive) => {
          this.receive = receive;
          return () => (this.receive = () => undefined);
        },
      },
      this.requestHandlers(),
      {
        selected: (selection) => {
          this.selected = selection;
          this.selectEmitter.fire(selection);
        },
        pageError: ({ message, stack }) =>
          this.services.log.error(`Page: ${message}\n${stack ?? ''}`),
      },
    );
  }

  private disconnect(): void {
    this.channel?.dispose();
    this.channel = null;
  }

  private requestHandlers(): RequestHandlers<HostSurface> {
    const { document, services } = this;
    return {
      ready: () => ({
        state: document.state,
        settings: services.settings().page,
        reveal: this.takeReveal(),
      }),
      run: (params, signal) => document.request('run', params, signal),
      runChanges: (params, signal) => document.request('runChanges', params, signal),
      step: (params, signal) => document.request('step', params, signal),
      rates: async (params, signal) => ownBuffers(await document.request('rates', params, signal)),
      tokens: async (params, signal) =>
        ownBuffers(await document.request('tokens', params, signal)),
      copy: async ({ text, what }) => {
        await vscode.env.clipboard.writeText(text);
        vscode.window.setStatusBarMessage(`${what} copied.`, 3_000);
        return null;
      },
      action: ({ action }) => {
        services.perform(action, document);
        return null;
      },
    };
  }

  private takeReveal(): Reveal | null {
    if (this.document.state.status !== 'ready') return null;
    const place = this.pendingReveal;
    this.pendingReveal = null;
    return place;
  }

  private deliverReveal(): void {
    const place = this.channel && this.takeReveal();
    if (place) this.channel?.notify('reveal', place);
  }
}

function isReadyRequest(message: unknown): boolean {
  const { kind, method } = (message ?? {}) as Record<string, unknown>;
  return kind === 'request' && method === 'ready';
}
