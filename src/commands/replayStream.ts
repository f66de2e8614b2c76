/** "Replay Stream…": asks for a trace, a run and a call, then opens and plays it. */
import * as vscode from 'vscode';
import { callLabel, formatDateTime, formatTokens } from '../model/formatting.js';
import type { RunKey, RunSummary, Step } from '../model/trace.js';
import { askForKey } from '../editor/keyPrompt.js';
import { showOpeningProgress } from '../editor/openingProgress.js';
import type { PageSessions } from '../editor/pageSessions.js';
import { pickText } from '../editor/shownText.js';
import type { TraceDocument } from '../editor/traceDocument.js';
import type { TraceDocuments } from '../editor/traceDocuments.js';
import type { RecentTraces } from '../views/recentTraces.js';
import { chooseTraceFile } from './openTrace.js';

export interface ReplayServices {
  readonly documents: TraceDocuments;
  readonly sessions: PageSessions;
  readonly recent: RecentTraces;
}

export function replayStream(services: ReplayServices): () => Promise<void> {
  return async () => {
    const uri = await pickTrace(services);
    if (!uri) return;
    const hold = services.documents.hold(uri);
    const progress = showOpeningProgress(hold.document);
    try {
      await play(hold.document, services.sessions);
    } finally {
      progress.dispose();
      hold.dispose();
    }
  };
}

async function play(document: TraceDocument, sessions: PageSessions): Promise<void> {
  await document.whenOpened;
  if (document.needsKey) {
    await askForKey(document);
    if (document.needsKey) return;
  }
  if (!document.summary) {
    // Its page says why it cannot be opened.
    await sessions.open(document.uri);
    return;
  }
  const run = await pickRun(document.uri, document.summary.runs);
  if (!run) return;
  const call = await pickCall(document, run.key);
  if (!call) return;
  const session = await sessions.open(document.uri);
  session.reveal({ run: run.key, step: call.key, token: null, play: true });
}

async function pickTrace({ sessions, recent }: ReplayServices): Promise<vscode.Uri | null> {
  const uris = [...recent.uris].sort(
    (one, other) => Number(sessions.find(other) !== null) - Number(sessions.find(one) !== null),
  );
  const traces = uris.map((uri) => ({
    label: pickText(uri.path.slice(uri.path.lastIndexOf('/') + 1)),
    description: sessions.find(uri) ? 'open' : 'recent',
    detail: pickText(uri.scheme === 'file' ? uri.fsPath : uri.toString(true)),
    uri,
  }));
  const browse = { label: '$(folder-opened) Browse…', alwaysShow: true, uri: null };
  const picked = await vscode.window.showQuickPick([...traces, browse], {
    title: 'Replay Stream (1/3): Trace',
    placeHolder: 'Which trace?',
    matchOnDetail: true,
  });
  return picked ? (picked.uri ?? chooseTraceFile()) : null;
}

async function pickRun(trace: vscode.Uri, runs: readonly RunSummary[]): Promise<RunSummary | null> {
  const items = runs
    .filter(({ callCount }) => callCount > 0)
    .map((run) => ({
      label: pickText(run.name) || pickText(run.id),
      description: `${run.callCount === 1 ? '1 call' : `${run.callCount} calls`}, ${formatTokens(run.tokenCount)}`,
      detail: `${formatDateTime(run.startedAtUs)}, ${run.status}`,
      run,
    }));
  if (items.length === 0) return refuse(trace, 'This trace holds no LLM calls.');
  const options = { title: 'Replay Stream (2/3): Run', placeHolder: 'Which run?' };
  return (await vscode.window.showQuickPick(items, options))?.run ?? null;
}

async function pickCall(document: TraceDocument, run: RunKey): Promise<Step | null> {
  const { steps } = await document.request('run', { run });
  const items = steps.flatMap((step) =>
    step.call && step.call.storedTokens > 0
      ? [{ label: pickText(step.call.model ?? step.name), description: callLabel(step.call), step }]
      : [],
  );
  if (items.length === 0)
    return refuse(
      document.uri,
      'This run cannot be replayed: the trace holds no tokens of its calls. Its figures and texts can be seen.',
    );
  const options = { title: 'Replay Stream (3/3): Call', placeHolder: 'Which call?' };
  return (await vscode.window.showQuickPick(items, options))?.step ?? null;
}

/** Nothing can be replayed; the trace can be looked at all the same. */
function refuse(trace: vscode.Uri, sentence: string): null {
  void vscode.window.showInformationMessage(sentence, 'Open Trace').then((chosen) => {
    if (chosen) void vscode.commands.executeCommand('llmStream.openInInspector', trace);
  });
  return null;
}
