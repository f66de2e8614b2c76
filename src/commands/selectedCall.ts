import * as vscode from 'vscode';
import type { Call, RunKey, Step } from '../model/trace.js';
import type { PageSession } from '../editor/pageSession.js';
import type { PageSessions } from '../editor/pageSessions.js';

export interface SelectedCall {
  readonly session: PageSession;
  readonly run: RunKey;
  readonly step: Step;
  readonly call: Call;
  /** Position of the current token; −1 before the first. */
  readonly token: number;
}

/** The call that is selected on the active trace page; says what to do and gives null when there is none. */
export async function selectedCall(sessions: PageSessions): Promise<SelectedCall | null> {
  const session = sessions.active;
  if (!session) return refuse('Open a trace first.');
  const { run, step: key, token } = session.selection;
  if (run === null || key === null) return refuse('Select a call in the trace first.');
  const { steps } = await session.document.request('run', { run });
  const step = steps.find((candidate) => candidate.key === key);
  if (!step?.call) return refuse('The selected step is no LLM call. Select a call in the trace.');
  return { session, run, step, call: step.call, token: token ?? -1 };
}

function refuse(sentence: string): null {
  void vscode.window.showInformationMessage(sentence);
  return null;
}
