import type { RecentTraces } from '../views/recentTraces.js';
import { asNode, traceOf } from '../views/traceNodes.js';

/** "Remove from Recent": the file itself is not touched. */
export const removeRecent =
  (recent: RecentTraces) =>
  (node: unknown): void =>
    recent.remove(traceOf(asNode(node)).uri);
