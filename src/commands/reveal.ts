import type { PageSessions } from '../editor/pageSessions.js';
import { type Node, traceOf } from '../views/traceNodes.js';

/** Shows a node of the tree on its trace's page; `play` starts the replay of a call. */
export function reveal(sessions: PageSessions, play: boolean): (node: Node) => Promise<void> {
  return async (node) => {
    const session = await sessions.open(traceOf(node).uri);
    const none = { step: null, token: null, play };
    if (node.kind === 'run') session.reveal({ ...none, run: node.run.key });
    if (node.kind === 'call') {
      session.reveal({ ...none, run: node.parent.run.key, step: node.step.key });
    }
  };
}
