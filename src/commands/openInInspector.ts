import * as vscode from 'vscode';
import { TraceError } from '../protocol/errors.js';
import type { PageSessions } from '../editor/pageSessions.js';

/** "Open in LLM Stream Inspector": `clicked` and `selected` come from the Explorer's context menu. */
export function openInInspector(
  sessions: PageSessions,
): (clicked?: unknown, selected?: unknown) => Promise<void> {
  return async (clicked, selected) => {
    const chosen: unknown[] = Array.isArray(selected) && selected.length > 0 ? selected : [clicked];
    const uris = chosen.filter((uri) => uri instanceof vscode.Uri);
    if (uris.length === 0) {
      // By a key that the user bound to it.
      throw new TraceError('invalid', 'Choose this command in the context menu of a file.');
    }
    for (const uri of uris) await sessions.open(uri);
  };
}
