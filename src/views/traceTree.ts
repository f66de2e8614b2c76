/** The view "LLM Streams": open and recent traces → runs → calls. */
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { formatCount } from '../model/formatting.js';
import type { RunKey, StepKey } from '../model/trace.js';
import { toTraceError } from '../protocol/errors.js';
import { readRun } from '../protocol/readRun.js';
import type { CaptureController } from '../editor/captureController.js';
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
  figuresOf,
  healthOf,
  parentOf,
  treeItem,
} from './traceNodes.js';

/** Changes of a live trace come in quick succession. */
const refreshDelayMs = 200;
/** Of the trace that is captured: ten times a second, for hours. */
const captureDelayMs = 1_000;
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
  private refreshAtMs = Infinity;
  private captureName: string | null = null;

  constructor(
    private readonly documents: TraceDocuments,
    private readonly sessions: PageSessions,
    private readonly recent: RecentTraces,
    private readonly captures: CaptureController,
  ) {
    const listChanged = (): void => {
      this.releaseUnneeded();
      this.refreshWithin(refreshDelayMs);
    };
    this.disposables = [
      documents.onDidChange(({ state, uri }) => {
        const isCapture = uri.toString() === this.captureName;
        if (state.status !== 'loading') {
          this.refreshWithin(isCapture ? captureDelayMs : refreshDelayMs);
        }
      }),
      sessions.onDidChange(listChanged),
      recent.onDidChange(listChanged),
      captures.onDidChange(() => this.captureChanged()),
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
        return [...healthOf(node), ...(await this.runs(node))];
      case 'run':
        return this.calls(node);
      case 'health':
        return figuresOf(node);
      case 'call':
      case 'message':
      case 'figure':
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
    const capture = this.captureNode();
    const others = this.recent.uris.filter((uri) => uri.toString() !== capture?.uri.toString());
    const nodes = await Promise.all(
      others.map(async (uri): Promise<TraceNode> => {
        const isOpen = this.sessions.find(uri) !== null;
        const isMissing = !isOpen && !(await exists(uri));
        return { kind: 'trace', uri, isOpen, isMissing, capture: null };
      }),
    );
    return [
      ...(capture ? [capture] : []),
      ...nodes.filter((node) => node.isOpen),
      ...nodes.filter((node) => !node.isOpen),
    ];
  }

  private captureNode(): TraceNode | null {
    const { trace: uri, state } = this.captures;
    if (!uri || state.state !== 'on') return null;
    const isOpen = this.sessions.find(uri) !== null;
    return { kind: 'trace', uri, isOpen, isMissing: false, capture: state.status };
  }

  private captureChanged(): void {
    const name = this.captureNode()?.uri.toString() ?? null;
    const isAnother = name !== this.captureName;
    this.captureName = name;
    if (isAnother) this.releaseUnneeded();
    this.refreshWithin(isAnother ? refreshDelayMs : captureDelayMs);
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
      const { steps } = await readRun(
        (method, params) => document.request(method, params),
        parent.run.key,
        null,
      );
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
    const listed = new Set([...this.recent.uris.map(String), this.captureName]);
    for (const { document } of this.holds.values()) {
      const { uri } = document;
      if (this.sessions.find(uri) || !listed.has(uri.toString())) this.release(uri);
    }
  }

  private release(uri: vscode.Uri): void {
    this.holds.get(uri.toString())?.dispose();
    this.holds.delete(uri.toString());
  }

  private refreshWithin(milliseconds: number): void {
    const atMs = performance.now() + milliseconds;
    if (atMs >= this.refreshAtMs) return;
    if (this.refreshTimer) clearTimeout(this.refreshTimer);
    this.refreshAtMs = atMs;
    this.refreshTimer = setTimeout(() => {
      this.refreshAtMs = Infinity;
      this.refresh();
    }, milliseconds);
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
