import * as vscode from 'vscode';
import type { PageSessions } from '../editor/pageSessions.js';

/** "Open in LLM Stream Inspector": `clicked` and `selected` come from the Explorer's context menu. */
export function openInInspector(
  sessions: PageSessions,
): (clicked?: unknown, selected?: unknown) => Promise<void> {
  return async (clicked, selected) => {
    const uris: unknown[] = Array.isArray(selected) && selected.length > 0 ? selected : [clicked];
    for (const uri of uris) {
      if (uri instanceof vscode.Uri) await sessions.open(uri);
    }
  };
}
