/** The nodes of the tree "Traces" and how they look. */
import * as vscode from 'vscode';
import { callLabel, formatDateTime, formatTokens, partialSentence } from '../model/formatting.js';
import type { Call, CallState, RunStatus, RunSummary, Step } from '../model/trace.js';

export interface TraceNode {
  readonly kind: 'trace';
  readonly uri: vscode.Uri;
  readonly isOpen: boolean;
  readonly isMissing: boolean;
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
/** Says why there is nothing below a trace. */
export interface MessageNode {
  readonly kind: 'message';
  readonly trace: TraceNode;
  readonly text: string;
}
export type Node = TraceNode | RunNode | CallNode | MessageNode;

export function parentOf(node: Node): Node | undefined {
  switch (node.kind) {
    case 'trace':
      return undefined;
    case 'call':
      return node.parent;
    case 'run':
    case 'message':
      return node.trace;
  }
}

export function traceOf(node: Node): TraceNode {
  if (node.kind === 'trace') return node;
  return node.kind === 'call' ? node.parent.trace : node.trace;
}

export function treeItem(node: Node): vscode.TreeItem {
  const item = itemOf(node);
  item.command = { command: 'llmStream.reveal', title: 'Show in Trace', arguments: [node] };
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
  }
}

function traceItem({ uri, isOpen, isMissing }: TraceNode): vscode.TreeItem {
  const slash = uri.path.lastIndexOf('/');
  const item = new vscode.TreeItem(
    uri.path.slice(slash + 1),
    isMissing
      ? vscode.TreeItemCollapsibleState.None
      : isOpen
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.Collapsed,
  );
  const path = vscode.workspace.asRelativePath(uri);
  // Open and recent differ in their id: VS Code keeps the expansion of an id that it has seen.
  item.id = `${isOpen ? 'open' : 'recent'} ${uri.toString()}`;
  item.description = isMissing ? 'missing' : path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  item.tooltip = isMissing ? `${uri.fsPath} is not there any more.` : uri.fsPath;
  item.iconPath = isMissing
    ? icon('warning', 'list.warningForeground')
    : icon(isOpen ? 'pulse' : 'history');
  item.contextValue = isOpen ? 'trace.open' : 'trace.recent';
  return item;
}

function runItem({ trace, run }: RunNode): vscode.TreeItem {
  const item = new vscode.TreeItem(
    run.name || run.id,
    run.callCount > 0
      ? vscode.TreeItemCollapsibleState.Collapsed
      : vscode.TreeItemCollapsibleState.None,
  );
  item.id = `${itemOf(trace).id ?? ''}#${run.key}`;
  item.description = [
    run.callCount === 1 ? '1 call' : `${run.callCount} calls`,
    ...(run.tokenCount > 0 ? [formatTokens(run.tokenCount)] : []),
    ...(run.errorCount > 0 ? [`${run.errorCount} failed`] : []),
  ].join(', ');
  item.tooltip = `${run.name || run.id}\n${formatDateTime(run.startedAtUs)}, ${run.status}`;
  item.iconPath = runIcons[run.status];
  item.contextValue = 'run';
  item.accessibilityInformation = {
    label: `${run.name || run.id}, run, ${run.status}, ${item.description}`,
  };
  return item;
}

function callItem({ parent, step, call }: CallNode): vscode.TreeItem {
  const label = call.model ?? step.name;
  const item = new vscode.TreeItem(label);
  item.id = `${itemOf(parent).id ?? ''}#${step.key}`;
  item.description = callLabel(call);
  item.tooltip = [`${label}: ${callLabel(call)}`, partialSentence(call) ?? ''].join('\n').trim();
  item.iconPath = callIcons[call.state];
  item.contextValue = call.storedTokens > 0 ? 'call.tokens' : 'call';
  item.accessibilityInformation = { label: `${label}, call, ${callLabel(call)}` };
  return item;
}

function messageItem({ trace, text }: MessageNode): vscode.TreeItem {
  const item = new vscode.TreeItem(text);
  item.id = `${itemOf(trace).id ?? ''}#message`;
  item.tooltip = text;
  item.iconPath = icon('info');
  item.contextValue = 'message';
  return item;
}

function icon(name: string, color?: string): vscode.ThemeIcon {
  return new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));
}

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
