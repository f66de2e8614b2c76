import assert from 'node:assert/strict';
import {
  type RunDetail,
  type RunSummary,
  type Step,
  runKey,
  stepKey,
} from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { readRun, stepsInSlice } from '../../../src/protocol/readRun.js';
import type { RunSlice, TraceRequests } from '../../../src/protocol/storeMessages.js';

const run = runKey(1);
const steps = (count: number): Step[] =>
  Array.from({ length: count }, (_, at) => ({ key: stepKey(at + 1) }) as Step);

/** Answers as the store does, and notes what it was asked for. */
class Store {
  readonly asked: TraceRequests['run']['params'][] = [];
  generation = 1;

  constructor(
    readonly count: number,
    private readonly onAsked: (store: Store) => void = () => undefined,
  ) {}

  read(): Promise<RunDetail> {
    const ask = (_method: string, params: TraceRequests['run']['params']): Promise<RunSlice> => {
      this.asked.push(params);
      this.onAsked(this);
      const { from = 0, count = Infinity } = params;
      return Promise.resolve({
        ...{ generation: this.generation, run: { key: run } as RunSummary, metadata: null },
        ...{ lengthUs: microseconds(1), notices: [], totalSteps: this.count },
        steps: steps(this.count).slice(from, from + count),
      });
    };
    return readRun(ask, run, null);
  }
}

describe('reading a run', () => {
  it('takes one message for a short one', async () => {
    const store = new Store(stepsInSlice);
    assert.equal((await store.read()).steps.length, stepsInSlice);
    assert.equal(store.asked.length, 1);
  });

  it('takes slices of a long one, all of its steps in order', async () => {
    const store = new Store(5_000);
    assert.deepEqual((await store.read()).steps, steps(5_000));
    assert.equal(store.asked.length, Math.ceil(5_000 / stepsInSlice));
    assert.ok(store.asked.every(({ count }) => count === stepsInSlice));
  });

  it('begins anew when the trace changed between two slices', async () => {
    const store = new Store(600, (asked) => {
      if (asked.asked.length === 2) asked.generation++;
    });
    const detail = await store.read();
    assert.equal(detail.generation, 2);
    assert.deepEqual(detail.steps, steps(600));
  });

  it('asks for all at once when the trace never stays as it is', async () => {
    const store = new Store(600, (asked) => asked.generation++);
    assert.deepEqual((await store.read()).steps, steps(600));
    assert.equal(store.asked.at(-1)?.count, undefined);
  });
});
