/** The nodes of the tree "Traces" and how they look. */
import * as vscode from 'vscode';
import { labelText } from '../editor/shownText.js';
import { callLabel, formatDateTime, formatTokens, partialSentence } from '../model/formatting.js';
import type { CaptureHealth, CaptureStatus } from '../protocol/captureStatus.js';
import { TraceError } from '../protocol/errors.js';
import type { Call, CallState, RunStatus, RunSummary, Step } from '../model/trace.js';
import {
  type HealthFigure,
  captureDescription,
  healthFigures,
  healthText,
} from './captureTexts.js';

export interface TraceNode {
  readonly kind: 'trace';
  readonly uri: vscode.Uri;
  readonly isOpen: boolean;
  readonly isMissing: boolean;
  /** How the capture is that writes it now; null for every other trace. */
  readonly capture: CaptureStatus | null;
}
export interface RunNode {
  readonly kind: 'run';
  readonly trace: TraceNode;
  readonly run: RunSummary;
}
export interface CallNode {
  readonly kind: 'call';
  readonly parent: RunNode;
  readonly step: Step;
  readonly call: Call;
}
/** Says why there is nothing, or not everything, below a trace or a run. */
export interface MessageNode {
  readonly kind: 'message';
  readonly parent: TraceNode | RunNode;
  readonly text: string;
}
/** How the capture is; below its trace. */
export interface HealthNode {
  readonly kind: 'health';
  readonly parent: TraceNode;
  readonly status: CaptureStatus;
  readonly health: CaptureHealth;
}
/** A problem of the capture, or a figure. */
export interface FigureNode {
  readonly kind: 'figure';
  readonly parent: HealthNode;
  readonly figure: HealthFigure;
}
export type Node = TraceNode | RunNode | CallNode | MessageNode | HealthNode | FigureNode;

/** What a command of the tree is about; a key that a user binds to it, or another extension, may pass anything. */
export function asNode(value: unknown): Node {
  const { kind } = (value ?? {}) as Record<string, unknown>;
  if (kinds.has(kind)) return value as Node;
  throw new TraceError(
    'invalid',
    'Choose this command in the context menu of an entry in the view "LLM Streams".',
  );
}
const kinds: ReadonlySet<unknown> = new Set<Node['kind']>([
  ...(['trace', 'run', 'call', 'message', 'health', 'figure'] as const),
]);

export function parentOf(node: Node): Node | undefined {
  switch (node.kind) {
    case 'trace':
      return undefined;
    case 'run':
      return node.trace;
    default:
      return node.parent;
  }
}

export function traceOf(node: Node): TraceNode {
  switch (node.kind) {
    case 'trace':
      return node;
    case 'run':
      return node.trace;
    default:
      return traceOf(node.parent);
  }
}

/** Below the capture's own trace, in front of its runs. */
export function healthOf(trace: TraceNode): HealthNode[] {
  const health = trace.capture?.health;
  if (!trace.capture || !health) return [];
  return [{ kind: 'health', parent: trace, status: trace.capture, health }];
}

/** Problems first. */
export function figuresOf(parent: HealthNode): FigureNode[] {
  const problems = parent.status.problems.map(({ message }) => ({
    ...{ name: message, value: '', isWarning: true },
  }));
  const figures = healthFigures(parent.status, parent.health);
  return [...problems, ...figures].map((figure) => ({ kind: 'figure', parent, figure }));
}

export function treeItem(node: Node): vscode.TreeItem {
  const item = itemOf(node);
  if (node.kind === 'health' || node.kind === 'figure') return item;
  item.command = { command: 'llmStream.reveal', title: 'Open', arguments: [node] };
  return item;
}

function itemOf(node: Node): vscode.TreeItem {
  switch (node.kind) {
    case 'trace':
      return traceItem(node);
    case 'run':
      return runItem(node);
    case 'call':
      return callItem(node);
    case 'message':
      return messageItem(node);
    case 'health':
      return healthItem(node);
    case 'figure':
      return figureItem(node);
  }
}

/** Tells the nodes apart; open and recent traces too, because VS Code keeps the expansion of an id it has seen. */
function idOf(node: Node): string {
  switch (node.kind) {
    case 'trace':
      return `${stateOf(node)} ${node.uri.toString()}`;
    case 'run':
      return `${idOf(node.trace)}#${node.run.key}`;
    case 'call':
      return `${idOf(node.parent)}#${node.step.key}`;
    case 'message':
      return `${idOf(node.parent)}#message`;
    case 'health':
      return `${idOf(node.parent)}#health`;
    case 'figure':
      return `${idOf(node.parent)}#${node.figure.name}`;
  }
}

const stateOf = ({ capture, isMissing, isOpen }: TraceNode): TraceState =>
  capture ? 'capture' : isMissing ? 'missing' : isOpen ? 'open' : 'recent';
type TraceState = 'capture' | 'missing' | 'open' | 'recent';

function traceItem(node: TraceNode): vscode.TreeItem {
  const { uri, isOpen, isMissing, capture } = node;
  const state = stateOf(node);
  const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  // Beside the file's name there would be no room for what happens.
  const shownName = capture ? 'Capture' : labelText(name);
  const item = new vscode.TreeItem(
    shownName,
    isMissing
      ? vscode.TreeItemCollapsibleState.None
      : isOpen
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.Collapsed,
  );
  const path = vscode.workspace.asRelativePath(uri);
  item.id = idOf(node);
  // Without the name and what separates it, which on Windows may be either slash.
  const folder = path.slice(0, Math.max(path.length - name.length - 1, 0));
  const description = capture ? captureDescription(capture) : isMissing ? 'missing' : folder;
  item.description = labelText(description);
  item.tooltip = isMissing ? `${uri.fsPath} is not there any more.` : uri.fsPath;
  item.iconPath = traceIcons[state];
  item.contextValue = contextOf(state, name);
  // VS Code would read out the tooltip, which is the whole path.
  const label = capture ? `being written, ${description}` : state;
  item.accessibilityInformation = { label: `${shownName}, trace, ${label}` };
  return item;
}

/** For the menus of package.json. */
function contextOf(state: TraceState, name: string): string {
  if (state === 'missing') return 'trace.recent.missing';
  return `trace.${state}${/\.llmtrace$/i.test(name) ? '' : '.database'}`;
}

function runItem(node: RunNode): vscode.TreeItem {
  const { run } = node;
  const label = labelText(run.name) || labelText(run.id);
  const item = new vscode.TreeItem(
    label,
    run.callCount > 0
      ? vscode.TreeItemCollapsibleState.Collapsed
      : vscode.TreeItemCollapsibleState.None,
  );
  item.id = idOf(node);
  item.description = [
    run.callCount === 1 ? '1 call' : `${run.callCount} calls`,
    ...(run.tokenCount > 0 ? [formatTokens(run.tokenCount)] : []),
    ...(run.errorCount > 0 ? [`${run.errorCount} failed`] : []),
  ].join(', ');
  item.tooltip = `${label}\n${formatDateTime(run.startedAtUs)}, ${run.status}`;
  item.iconPath = runIcons[run.status];
  item.contextValue = 'run';
  item.accessibilityInformation = {
    label: `${label}, run, ${run.status}, ${item.description}`,
  };
  return item;
}

function callItem(node: CallNode): vscode.TreeItem {
  const { step, call } = node;
  const label = labelText(call.model ?? step.name);
  const item = new vscode.TreeItem(label);
  item.id = idOf(node);
  item.description = callLabel(call);
  item.tooltip = [`${label}: ${callLabel(call)}`, partialSentence(call) ?? ''].join('\n').trim();
  item.iconPath = callIcons[call.state];
  item.contextValue = call.storedTokens > 0 ? 'call.tokens' : 'call';
  item.accessibilityInformation = { label: `${label}, call, ${callLabel(call)}` };
  return item;
}

function messageItem(node: MessageNode): vscode.TreeItem {
  const { text } = node;
  const item = new vscode.TreeItem(text);
  item.id = idOf(node);
  item.tooltip = text;
  item.iconPath = icon('info');
  item.contextValue = 'message';
  return item;
}

function healthItem(node: HealthNode): vscode.TreeItem {
  const { status, health } = node;
  const item = new vscode.TreeItem('Health', vscode.TreeItemCollapsibleState.Collapsed);
  const isWell = status.problems.length === 0 && health.tokensDropped === 0;
  item.id = idOf(node);
  item.description = healthText(status, health);
  item.tooltip = 'How the capture is; its figures are since it started.';
  item.iconPath = isWell ? icon('pulse') : warning;
  item.contextValue = 'health';
  item.accessibilityInformation = { label: `Health of the capture: ${item.description}` };
  return item;
}

function figureItem(node: FigureNode): vscode.TreeItem {
  const { name, value, isWarning } = node.figure;
  const item = new vscode.TreeItem(labelText(name));
  item.id = idOf(node);
  item.description = value;
  item.tooltip = value === '' ? name : `${name}: ${value}`;
  if (isWarning) item.iconPath = warning;
  item.contextValue = 'figure';
  item.accessibilityInformation = { label: item.tooltip };
  return item;
}

function icon(name: string, color?: string): vscode.ThemeIcon {
  return new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));
}

const warning = icon('warning', 'list.warningForeground');

const traceIcons: Readonly<Record<TraceState, vscode.ThemeIcon>> = {
  capture: icon('record', 'list.errorForeground'),
  missing: warning,
  open: icon('pulse'),
  recent: icon('history'),
};

const runIcons: Readonly<Record<RunStatus, vscode.ThemeIcon>> = {
  running: icon('loading~spin'),
  completed: icon('pass', 'testing.iconPassed'),
  failed: icon('error', 'list.errorForeground'),
  unknown: icon('circle-outline'),
};

const callIcons: Readonly<Record<CallState, vscode.ThemeIcon>> = {
  streaming: icon('loading~spin'),
  completed: icon('pass', 'testing.iconPassed'),
  failed: icon('error', 'list.errorForeground'),
  aborted: icon('circle-slash'),
  truncated: icon('warning', 'list.warningForeground'),
  interrupted: icon('debug-disconnect', 'list.warningForeground'),
};
