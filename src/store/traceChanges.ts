/** What a capture's log has changed in a trace that is open. */
import type { RunKey, StepKey } from '../model/trace.js';

export interface TraceChanges {
  /** Runs that are new, or whose row is different, or that are gone. */
  readonly runs: ReadonlySet<RunKey>;
  /** Runs whose tokens are to be counted again, because steps left them or came from others. */
  readonly recounted: ReadonlySet<RunKey>;
  /** Steps that are new, or whose row is different otherwise than by tokens. */
  readonly steps: ReadonlySet<StepKey>;
  /** Steps that came, or have another place in the order or another run. */
  readonly placed: ReadonlySet<StepKey>;
  /** How many tokens came, by call. */
  readonly grown: ReadonlyMap<StepKey, number>;
  /** The smallest index of a token that is different, or came in front of others, by call. */
  readonly rewritten: ReadonlyMap<StepKey, number>;
}

/** Collects them. */
export class ChangesInMaking implements TraceChanges {
  readonly runs = new Set<RunKey>();
  readonly recounted = new Set<RunKey>();
  readonly steps = new Set<StepKey>();
  readonly placed = new Set<StepKey>();
  readonly grown = new Map<StepKey, number>();
  readonly rewritten = new Map<StepKey, number>();

  grew(call: StepKey, count: number): void {
    this.grown.set(call, (this.grown.get(call) ?? 0) + count);
  }

  rewrote(call: StepKey, index: number): void {
    this.rewritten.set(call, Math.min(this.rewritten.get(call) ?? Infinity, index));
  }
}
