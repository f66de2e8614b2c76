/** The view "LLM Streams": open and recent traces → runs → calls. */
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { formatCount } from '../model/formatting.js';
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
const longestStatMs = 1_000;
/** VS Code asks for all of them again with every refresh: 10,000 keep it busy for seconds. */
const mostChildren = 1_000;

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
        this.releaseUnneeded();
        refreshSoon();
      }),
      recent.onDidChange(() => {
        this.releaseUnneeded();
        refreshSoon();
      }),
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
    const document = this.sessions.find(trace.uri)?.document ?? this.hold(trace.uri);
    await document.whenOpened;
    const { state } = document;
    switch (state.status) {
      case 'ready':
        return state.summary.runs.length > 0
          ? firstOf(
              state.summary.runs.map((run): RunNode => ({ kind: 'run', trace, run })),
              trace,
              'runs',
            )
          : [{ kind: 'message', parent: trace, text: 'This trace has no runs yet.' }];
      case 'failed':
        return [{ kind: 'message', parent: trace, text: state.error.message }];
      case 'loading':
        return [{ kind: 'message', parent: trace, text: 'Opening…' }];
    }
  }

  private async calls(parent: RunNode): Promise<Node[]> {
    const document = this.documents.find(parent.trace.uri);
    if (!document) return [];
    try {
      const { steps } = await document.request('run', { run: parent.run.key });
      const calls = steps.flatMap((step): CallNode[] =>
        step.call ? [{ kind: 'call', parent, step, call: step.call }] : [],
      );
      return firstOf(calls, parent, 'calls');
    } catch (thrown) {
      return [{ kind: 'message', parent, text: toTraceError(thrown).message }];
    }
  }

  private hold(uri: vscode.Uri): TraceDocument {
    const name = uri.toString();
    const hold = this.holds.get(name) ?? this.documents.hold(uri);
    this.holds.set(name, hold);
    return hold.document;
  }

  /** What an editor shows is held by it; what is listed no more can be collapsed no more. */
  private releaseUnneeded(): void {
    const listed = new Set(this.recent.uris.map(String));
    for (const { document } of this.holds.values()) {
      const { uri } = document;
      if (this.sessions.find(uri) || !listed.has(uri.toString())) this.release(uri);
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

function firstOf(nodes: Node[], parent: TraceNode | RunNode, what: string): Node[] {
  if (nodes.length <= mostChildren) return nodes;
  const left = formatCount(nodes.length - mostChildren);
  const text = `${left} more ${what}: open the trace to see them`;
  return [...nodes.slice(0, mostChildren), { kind: 'message', parent, text }];
}

/** A file system that does not answer (a network drive) keeps no other trace from being listed. */
async function exists(uri: vscode.Uri): Promise<boolean> {
  const answered = vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  return Promise.race([answered, delay(longestStatMs, true, { ref: false })]);
}
