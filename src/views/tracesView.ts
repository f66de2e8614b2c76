import * as vscode from 'vscode';
import type { PageSelection, PageSessions } from '../editor/pageSessions.js';
import type { TraceTree } from './traceTree.js';

/** Shows the tree and keeps its selection equal to that of the active trace page. */
export function showTracesView(tree: TraceTree, sessions: PageSessions): vscode.Disposable {
  const view = vscode.window.createTreeView('llmStream.traces', {
    treeDataProvider: tree,
    showCollapseAll: true,
  });
  let followed = '';
  const follow = async ({ session, selection: { run, step } }: PageSelection): Promise<void> => {
    const { uri } = session.document;
    const place = `${uri.toString()} ${run ?? ''} ${step ?? ''}`;
    // A page also tells every token that the user steps to.
    if (!view.visible || run === null || place === followed) return;
    followed = place;
    const node = await tree.find(uri, run, step);
    if (node) await view.reveal(node, { select: true, focus: false });
  };
  const followQuietly = (selected: PageSelection): void => {
    // The tree may be refreshed while this looks for its node: then there is nothing to select.
    follow(selected).catch(() => undefined);
  };
  return vscode.Disposable.from(
    view,
    view.onDidCollapseElement(({ element }) => tree.collapsed(element)),
    view.onDidChangeVisibility(() => {
      followed = '';
      const { active } = sessions;
      if (active) followQuietly({ session: active, selection: active.selection });
    }),
    sessions.onDidSelect(followQuietly),
  );
}
