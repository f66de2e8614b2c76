import * as vscode from 'vscode';
import type { PageSessions } from '../editor/pageSessions.js';

/** "Open Trace File…": also used where a trace is to be chosen from the disk. */
export async function chooseTraceFile(): Promise<vscode.Uri | null> {
  const chosen = await vscode.window.showOpenDialog({
    title: 'Open Trace File',
    openLabel: 'Open Trace',
    filters: { 'LLM traces': ['llmtrace', 'db', 'sqlite', 'sqlite3'], 'All files': ['*'] },
  });
  return chosen?.[0] ?? null;
}

export function openTrace(sessions: PageSessions): () => Promise<void> {
  return async () => {
    const uri = await chooseTraceFile();
    if (uri) await sessions.open(uri);
  };
}
