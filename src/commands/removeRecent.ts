import type { RecentTraces } from '../views/recentTraces.js';
import { type Node, traceOf } from '../views/traceNodes.js';

/** "Remove from Recent": the file itself is not touched. */
export const removeRecent =
  (recent: RecentTraces) =>
  (node: Node): void =>
    recent.remove(traceOf(node).uri);
