/** The order in which steps are shown: depth first below each parent, siblings by start. */
import type { StepKey } from '../model/trace.js';
import type { RecordedStep } from './traceReader.js';

export interface PlacedStep {
  readonly step: RecordedStep;
  readonly depth: number;
  /** Null also where the recorded parent is not there, or would be the step's own descendant. */
  readonly parentKey: StepKey | null;
}

/** Every step once, whatever the parents say: a file may have unknown ones and cycles. */
export function inOrderOfDisplay(steps: readonly RecordedStep[]): PlacedStep[] {
  const byStart = [...steps].sort((a, b) => a.startUs - b.startUs);
  const known = new Set(steps.map((step) => step.key));
  const children = new Map<StepKey | null, RecordedStep[]>();
  for (const step of byStart) {
    const parent = step.parentKey !== null && known.has(step.parentKey) ? step.parentKey : null;
    const siblings = children.get(parent);
    if (siblings) siblings.push(step);
    else children.set(parent, [step]);
  }
  const placed: PlacedStep[] = [];
  const done = new Set<StepKey>();
  const placeTree = (root: RecordedStep): void => {
    // A stack and not recursion: a chain of parents may be as long as the file.
    const stack: PlacedStep[] = [{ step: root, depth: 0, parentKey: null }];
    for (let next = stack.pop(); next; next = stack.pop()) {
      const { step, depth } = next;
      if (done.has(step.key)) continue;
      done.add(step.key);
      placed.push(next);
      const below = children.get(step.key) ?? [];
      for (let at = below.length - 1; at >= 0; at--) {
        const child = below[at];
        if (child) stack.push({ step: child, depth: depth + 1, parentKey: step.key });
      }
    }
  };
  for (const root of children.get(null) ?? []) placeTree(root);
  // What is left hangs on a cycle: it begins where its earliest step is.
  for (const step of byStart) placeTree(step);
  return placed;
}
