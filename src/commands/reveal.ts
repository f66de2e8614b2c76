import type { PageSessions } from '../editor/pageSessions.js';
import { asNode, traceOf } from '../views/traceNodes.js';

/**
 * Shows a node of the tree on its trace's page; `play` starts the replay of a call. Without it the
 * focus stays in the tree, where the user is looking through the calls.
 */
export function reveal(sessions: PageSessions, play: boolean): (entry: unknown) => Promise<void> {
  return async (entry) => {
    const node = asNode(entry);
    const session = await sessions.open(traceOf(node).uri, !play);
    const none = { step: null, token: null, play };
    if (node.kind === 'run') session.reveal({ ...none, run: node.run.key }, !play);
    if (node.kind === 'call') {
      session.reveal({ ...none, run: node.parent.run.key, step: node.step.key }, !play);
    }
  };
}
