/**
 * When each run was heard of last. An SDK whose agent was killed never says so: of its calls that are open nothing
 * comes any more, and nothing of anything else in their run.
 */
import type { Milliseconds } from '../../../model/units.js';
import type { SentEvent } from './eventSchemas.js';

/** Runs, and things that are open in them: the one that was heard of longest ago is forgotten. */
const mostRemembered = 10_000;

export class HeardRuns {
  private readonly heardAtMs = new Map<string, number>();
  private readonly runOfCall = new Map<string, string>();
  private readonly runOfStep = new Map<string, string>();
  /** Started, and neither ended nor given up. */
  private readonly openCalls = new Set<string>();

  /** @param nowMs of a clock that nobody sets. */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  get hasOpenCalls(): boolean {
    return this.openCalls.size > 0;
  }

  note(sent: SentEvent): void {
    const run = this.runOf(sent);
    if (run !== undefined) remember(this.heardAtMs, run, this.nowMs());
  }

  /** Calls whose run was silent for that long; each is told once, unless it is heard of again. */
  silent(limitMs: Milliseconds): string[] {
    const before = this.nowMs() - limitMs;
    const found = [...this.openCalls].filter((call) => {
      const run = this.runOfCall.get(call);
      return run === undefined || (this.heardAtMs.get(run) ?? 0) <= before;
    });
    for (const call of found) this.openCalls.delete(call);
    return found;
  }

  private runOf(sent: SentEvent): string | undefined {
    if ('llm_call_id' in sent) {
      const id = sent.llm_call_id;
      if (sent.type === 'llm_call_start') remember(this.runOfCall, id, sent.run_id);
      const run = this.runOfCall.get(id);
      if (sent.type === 'llm_call_end') {
        this.runOfCall.delete(id);
        this.openCalls.delete(id);
      } else if (run !== undefined) this.openCalls.add(id);
      return run;
    }
    if ('run_id' in sent) {
      if (sent.type === 'step_start') remember(this.runOfStep, sent.step_id, sent.run_id);
      return sent.run_id;
    }
    const run = this.runOfStep.get(sent.step_id);
    if (sent.type === 'step_end') this.runOfStep.delete(sent.step_id);
    return run;
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > mostRemembered) map.delete(map.keys().next().value ?? '');
}
