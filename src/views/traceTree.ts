/** The view "LLM Streams": open and recent traces → runs → calls. */
import * as vscode from 'vscode';
import type { RunKey, StepKey } from '../model/trace.js';
import { toTraceError } from '../protocol/errors.js';
import type { Disposable } from '../editor/disposable.js';
import type { PageSessions } from '../editor/pageSessions.js';
import type { TraceDocument } from '../editor/traceDocument.js';
import type { DocumentHold, TraceDocuments } from '../editor/traceDocuments.js';
import type { RecentTraces } from './recentTraces.js';
import {
  type CallNode,
  type Node,
  type RunNode,
  type TraceNode,
  parentOf,
  treeItem,
} from './traceNodes.js';

/** Changes of a live trace come in quick succession. */
const refreshDelayMs = 200;

export class TraceTree implements vscode.TreeDataProvider<Node>, Disposable {
  private readonly changeEmitter = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changeEmitter.event;
  readonly getTreeItem = treeItem;
  readonly getParent = parentOf;

  /** Recent traces that no editor shows, open while they are expanded here. */
  private readonly holds = new Map<string, DocumentHold>();
  private readonly disposables: readonly Disposable[];
  private refreshTimer: NodeJS.Timeout | null = null;

  constructor(
    private readonly documents: TraceDocuments,
    private readonly sessions: PageSessions,
    private readonly recent: RecentTraces,
  ) {
    const refreshSoon = (): void => this.refreshSoon();
    this.disposables = [
      documents.onDidChange(({ state }) => {
        if (state.status !== 'loading') refreshSoon();
      }),
      sessions.onDidChange(() => {
        this.releaseWhatEditorsHold();
        refreshSoon();
      }),
      recent.onDidChange(refreshSoon),
    ];
  }

  refresh(): void {
    this.changeEmitter.fire();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    switch (node?.kind) {
      case undefined:
        return this.traces();
      case 'trace':
        return this.runs(node);
      case 'run':
        return this.calls(node);
      case 'call':
      case 'message':
        return [];
    }
  }

  /** The node of a call (or of a run) of a trace that is open; null when it is not in the tree. */
  async find(uri: vscode.Uri, run: RunKey, step: StepKey | null): Promise<Node | null> {
    const trace = (await this.traces()).find((node) => node.uri.toString() === uri.toString());
    if (!trace?.isOpen) return null;
    const runs = await this.runs(trace);
    const runNode = runs.find(
      (node): node is RunNode => node.kind === 'run' && node.run.key === run,
    );
    if (!runNode || step === null) return runNode ?? null;
    const calls = await this.calls(runNode);
    return calls.find((node) => node.kind === 'call' && node.step.key === step) ?? runNode;
  }

  collapsed(node: Node): void {
    if (node.kind === 'trace') this.release(node.uri);
  }

  dispose(): void {
    if (this.refreshTimer) clearTimeout(this.refreshTimer);
    for (const disposable of this.disposables) disposable.dispose();
    for (const hold of this.holds.values()) hold.dispose();
    this.changeEmitter.dispose();
  }

  private async traces(): Promise<TraceNode[]> {
    const nodes = await Promise.all(
      this.recent.uris.map(async (uri): Promise<TraceNode> => {
        const isOpen = this.sessions.find(uri) !== null;
        return { kind: 'trace', uri, isOpen, isMissing: !isOpen && !(await exists(uri)) };
      }),
    );
    return [...nodes.filter((node) => node.isOpen), ...nodes.filter((node) => !node.isOpen)];
  }

  private async runs(trace: TraceNode): Promise<Node[]> {
    const document = this.documents.find(trace.uri) ?? this.hold(trace.uri);
    await document.whenOpened;
    const { state } = document;
    switch (state.status) {
      case 'ready':
        return state.summary.runs.length > 0
          ? state.summary.runs.map((run): RunNode => ({ kind: 'run', trace, run }))
          : [{ kind: 'message', trace, text: 'This trace has no runs yet.' }];
      case 'failed':
        return [{ kind: 'message', trace, text: state.error.message }];
      case 'loading':
        return [{ kind: 'message', trace, text: 'Opening…' }];
    }
  }

  private async calls(parent: RunNode): Promise<Node[]> {
    const document = this.documents.find(parent.trace.uri);
    if (!document) return [];
    try {
      const { steps } = await document.request('run', { run: parent.run.key });
      return steps.flatMap((step): CallNode[] =>
        step.call ? [{ kind: 'call', parent, step, call: step.call }] : [],
      );
    } catch (thrown) {
      return [{ kind: 'message', trace: parent.trace, text: toTraceError(thrown).message }];
    }
  }

  private hold(uri: vscode.Uri): TraceDocument {
    const hold = this.documents.hold(uri);
    this.holds.set(uri.toString(), hold);
    return hold.document;
  }

  private releaseWhatEditorsHold(): void {
    for (const { document } of this.holds.values()) {
      if (this.sessions.find(document.uri)) this.release(document.uri);
    }
  }

  private release(uri: vscode.Uri): void {
    this.holds.get(uri.toString())?.dispose();
    this.holds.delete(uri.toString());
  }

  private refreshSoon(): void {
    this.refreshTimer ??= setTimeout(() => {
      this.refreshTimer = null;
      this.refresh();
    }, refreshDelayMs);
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
