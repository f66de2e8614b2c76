/** The steps of every run that was asked for, with their metrics; of a run that grows, only what changed is read again. */
import { notableBursts } from '../model/bursts.js';
import { countEmptyTokens } from '../model/content.js';
import type { StallRule } from '../model/metrics.js';
import type { RunDetail, RunKey, RunSummary, Step, StepKey } from '../model/trace.js';
import { type Microseconds, microseconds } from '../model/units.js';
import type { RunChanges } from '../protocol/storeMessages.js';
import { BoundedCache } from './boundedCache.js';
import type { CallColumns } from './callColumns.js';
import { callMetrics } from './callMetrics.js';
import { type PlacedStep, inOrderOfDisplay } from './stepOrder.js';
import type { TraceChanges } from './traceChanges.js';
import type { GrowingReader, RecordedStep } from './traceReader.js';

type Detail = Omit<RunDetail, 'notices' | 'metadata'>;

/** A run as it was read, and what has changed since. */
interface HeldRun {
  readonly recorded: Map<StepKey, RecordedStep>;
  /** In order of display. */
  shown: ShownStep[];
  /** Generation of the first reading. */
  readonly since: number;
  /** Generation of the newest change of the order. */
  orderedAt: number;
  readonly dirty: Set<StepKey>;
  isOrderStale: boolean;
}

interface ShownStep {
  readonly step: Step;
  /** Generation of its newest change. */
  readonly changedAt: number;
  /** µs since the run's start. */
  readonly endUs: number;
}

const cachedSteps = 100_000;

export class RunDetails {
  private readonly held = new BoundedCache<RunKey, HeldRun>(
    cachedSteps,
    ({ recorded }) => recorded.size + 1,
  );
  /** Set as soon as the trace grows. */
  private growing: GrowingReader | null = null;
  /** What was read until this generation is read anew: the stall rule was another one. */
  private outdatedUntil = -1;

  constructor(
    private readonly readSteps: (run: RunKey) => RecordedStep[],
    private readonly columns: CallColumns,
    private stallRule: StallRule,
  ) {}

  setStallRule(stallRule: StallRule, generation: number): void {
    this.stallRule = stallRule;
    this.outdatedUntil = generation;
    this.held.clear();
  }

  detail(run: RunSummary, generation: number): Detail {
    const held = this.newest(run.key, generation);
    const steps = held.shown.map(({ step }) => step);
    return { generation, run, steps, lengthUs: lengthOf(held) };
  }

  /** Null when whoever has the run of `since` has to ask for all of it. */
  changes(
    run: RunSummary,
    since: number,
    generation: number,
  ): Omit<RunChanges, 'notices' | 'metadata'> | null {
    const held = this.newest(run.key, generation);
    if (since < held.since || since <= this.outdatedUntil || since > generation) return null;
    const changed = held.shown.filter(({ changedAt }) => changedAt > since);
    return {
      ...{ generation, run, lengthUs: lengthOf(held) },
      changed: changed.map(({ step }) => step),
      order: held.orderedAt > since ? held.shown.map(({ step }) => step.key) : null,
    };
  }

  /** `restarted` are runs whose beginning has moved, and with it the times of all their steps. */
  changed(changes: TraceChanges, reader: GrowingReader, restarted: Iterable<RunKey>): void {
    this.growing = reader;
    for (const run of restarted) this.held.replace(run, undefined);
    for (const run of changes.recounted) this.held.replace(run, undefined);
    const { steps, placed, grown, rewritten } = changes;
    for (const key of new Set([...steps, ...grown.keys(), ...rewritten.keys()])) {
      const run = reader.runOf(key);
      const held = run === null ? undefined : this.held.peek(run);
      if (!held) continue;
      held.dirty.add(key);
      held.isOrderStale ||= placed.has(key);
    }
  }

  clear(): void {
    this.held.clear();
  }

  private newest(run: RunKey, generation: number): HeldRun {
    const held = this.held.get(run, () => this.read(run, generation));
    if (held.dirty.size === 0) return held;
    this.readDirty(run, held);
    if (held.isOrderStale) this.order(held, generation);
    else held.shown = held.shown.map((shown) => this.refreshed(held, shown, generation));
    held.dirty.clear();
    // It has more steps than when it was put there.
    this.held.replace(run, held);
    return held;
  }

  private read(run: RunKey, generation: number): HeldRun {
    const steps = this.readSteps(run);
    return {
      recorded: new Map(steps.map((step) => [step.key, step])),
      shown: inOrderOfDisplay(steps).map((placed) => this.shown(placed, generation)),
      ...{ since: generation, orderedAt: generation, dirty: new Set(), isOrderStale: false },
    };
  }

  private readDirty(run: RunKey, { dirty, recorded }: HeldRun): void {
    for (const key of dirty) {
      const step = this.growing?.step(key, run, () => this.columns.of(key).count);
      if (step) recorded.set(key, step);
      else recorded.delete(key);
    }
  }

  private order(held: HeldRun, generation: number): void {
    const before = new Map(held.shown.map((shown) => [shown.step.key, shown]));
    const byKey = [...held.recorded.values()].sort((one, other) => one.key - other.key);
    held.shown = inOrderOfDisplay(byKey).map((placed) => {
      const known = before.get(placed.step.key);
      const isSame =
        known?.step.depth === placed.depth &&
        known.step.parentKey === placed.parentKey &&
        !held.dirty.has(placed.step.key);
      return isSame && known ? known : this.shown(placed, generation);
    });
    held.orderedAt = generation;
    held.isOrderStale = false;
  }

  private refreshed(held: HeldRun, shown: ShownStep, generation: number): ShownStep {
    const { key, depth, parentKey } = shown.step;
    const step = held.dirty.has(key) ? held.recorded.get(key) : undefined;
    return step ? this.shown({ step, depth, parentKey }, generation) : shown;
  }

  private shown({ step, depth, parentKey }: PlacedStep, changedAt: number): ShownStep {
    if (!step.call) {
      const shown = { ...step, call: null, depth, parentKey };
      return { step: shown, changedAt, endUs: endOf(step, null) };
    }
    const columns = this.columns.of(step.key);
    const { recorded, requestTimeKnown, longestGaps, ...call } = step.call;
    // A file may hold chunks without content; what is counted are those with.
    const empty = countEmptyTokens(columns);
    const receivedTokens = longestGaps ? longestGaps.count + 1 : call.receivedTokens - empty;
    const metrics = callMetrics(
      { ...call, recorded, requestTimeKnown, longestGaps },
      columns,
      receivedTokens,
      this.stallRule,
      this.columns.sortLatencies(step.key),
    );
    const storedTokens = call.storedTokens - empty;
    // Of thousands of calls, the bursts that nobody sees would be most of what the page is sent.
    const bursts = notableBursts(metrics.bursts, metrics.icl?.p50 ?? null);
    const shown = { ...call, storedTokens, receivedTokens, metrics: { ...metrics, bursts } };
    return {
      step: { ...step, depth, parentKey, call: shown },
      changedAt,
      endUs: endOf(step, columns.offsetUs[columns.count - 1] ?? null),
    };
  }
}

const endOf = ({ startUs, durationUs, stage }: RecordedStep, lastTokenUs: number | null): number =>
  startUs + Math.max(durationUs ?? 0, lastTokenUs ?? 0, stage?.phases.at(-1)?.offsetUs ?? 0);

const lengthOf = ({ shown }: HeldRun): Microseconds =>
  microseconds(shown.reduce((longest, { endUs }) => Math.max(longest, endUs), 1));
