import * as vscode from 'vscode';
import type { PageSelection, PageSessions } from '../editor/pageSessions.js';
import type { TraceTree } from './traceTree.js';

/** Shows the tree and keeps its selection equal to that of the active trace page. */
export function showTracesView(tree: TraceTree, sessions: PageSessions): vscode.Disposable {
  const view = vscode.window.createTreeView('llmStream.traces', {
    treeDataProvider: tree,
    showCollapseAll: true,
  });
  const follow = async ({ session, selection: { run, step } }: PageSelection): Promise<void> => {
    if (!view.visible || run === null) return;
    const node = await tree.find(session.document.uri, run, step);
    if (node) await view.reveal(node, { select: true, focus: false });
  };
  return vscode.Disposable.from(
    view,
    view.onDidCollapseElement(({ element }) => tree.collapsed(element)),
    sessions.onDidSelect((selected) => {
      // The tree may be refreshed while this looks for its node: then there is nothing to select.
      follow(selected).catch(() => undefined);
    }),
  );
}
