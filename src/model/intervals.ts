/** Half-open stretches of time, [from, to), in µs since the run's start. */

export interface Interval {
  readonly from: number;
  readonly to: number;
}

export const everything: Interval = { from: -Infinity, to: Infinity };

export const holds = ({ from, to }: Interval, at: number): boolean => at >= from && at < to;

export const overlapUs = (a: Interval, b: Interval): number =>
  Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));

/** How much of `within` the intervals cover together; where several lie over each other, it counts once. */
export function coveredUs(intervals: readonly Interval[], within: Interval): number {
  let [covered, reached] = [0, within.from];
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    const end = Math.min(to, within.to);
    covered += Math.max(0, end - Math.max(from, reached));
    reached = Math.max(reached, end);
  }
  return covered;
}
