import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type SpanFigures, stageStatistics } from '../../../src/model/stageStatistics.js';
import { columnsOf } from '../../../src/model/tokens.js';
import { type RunDetail, type Stage, type Step, runKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { SyntheticTrace, stream } from '../../page/syntheticTrace.js';
import { ms } from './sampleCalls.js';

const phasesAt = (...phases: readonly (readonly [string, number])[]): Stage => ({
  ...{ progress: null, message: null },
  phases: phases.map(([name, atMs]) => ({ name, offsetUs: ms(atMs) })),
});

/** 1 s to 5 s: a call that streams from 1.5 s to 2.5 s, one from 3 s to 4 s, and a tool that fails at 4.6 s. */
function writing(): { readonly trace: SyntheticTrace; readonly stage: Step } {
  const trace = new SyntheticTrace('stages');
  const stage = trace.step({ type: 'stage', name: 'write', startMs: 1_000, durationMs: 4_000 });
  const tail = { tailMs: 0, parent: stage };
  trace.call(
    { name: 'a', startMs: 1_000, ...tail },
    stream(11, 500, () => 100),
  );
  trace.call(
    { name: 'b', startMs: 2_000, ...tail },
    stream(21, 1_000, () => 50),
  );
  trace.step({
    ...{ type: 'tool_call', name: 'send', startMs: 4_100, durationMs: 500 },
    ...{ parent: stage, failed: true },
  });
  return { trace, stage };
}

const runOf = (trace: SyntheticTrace): RunDetail => trace.source().run({ run: runKey(1) });

const statisticsOf = (trace: SyntheticTrace, stage: Step, untilMs?: number) =>
  stageStatistics(
    runOf(trace).steps,
    stage,
    new Map(untilMs === undefined ? [] : [[stage.key, ms(untilMs)]]),
  );

const rounded = (figures: SpanFigures): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : (value as unknown),
    ]),
  );

describe('statistics of a stage', () => {
  it('sum up the calls within it, however deep', () => {
    const { trace, stage } = writing();
    assert.deepEqual(rounded(statisticsOf(trace, stage).whole), {
      durationUs: 4_000_000,
      calls: 2,
      tokens: 32,
      areTokensEstimated: false,
      uncountedCalls: 0,
      // Of 500 ms and 1 000 ms.
      ttftP50Us: 750_000,
      // 32 tokens in 1 s + 1 s.
      outputTokensPerSecond: 16,
      stalls: 0,
      mayBeMoreStalls: false,
      errors: 1,
      // 1–1.5 s and 2.5–3 s; from 2 s to 2.5 s one call waits and the other streams.
      waitingShare: 0.25,
      // 1.5–2.5 s and 3–4 s.
      streamingShare: 0.5,
    });
  });

  it('share out by time what came in its phases', () => {
    const { trace, stage } = writing();
    const inPhases = { ...stage, stage: phasesAt(['detailed', 0], ['summary', 2_500]) };
    const { phases } = statisticsOf(trace, inPhases);
    assert.deepEqual(
      phases.map(({ name }) => name),
      ['detailed', 'summary'],
    );
    const [detailed, summary] = phases.map(({ figures }) => rounded(figures));
    assert.deepEqual(detailed, {
      durationUs: 2_500_000,
      calls: 2,
      // 11 + half of 21.
      tokens: 22,
      areTokensEstimated: true,
      uncountedCalls: 0,
      ttftP50Us: 750_000,
      // 21.5 tokens in 1 s + 0.5 s.
      outputTokensPerSecond: 14.333,
      ...{ stalls: 0, mayBeMoreStalls: false, errors: 0 },
      // 1 s of 2.5 s, and 1 s + 0.5 s.
      waitingShare: 0.4,
      streamingShare: 0.6,
    });
    assert.deepEqual(summary, {
      durationUs: 1_500_000,
      calls: 1,
      tokens: 11,
      areTokensEstimated: true,
      uncountedCalls: 0,
      ttftP50Us: null,
      outputTokensPerSecond: 21,
      ...{ stalls: 0, mayBeMoreStalls: false, errors: 1 },
      waitingShare: 0,
      streamingShare: 0.333,
    });
  });

  it('count in each phase the calls that were open in it, and what failed there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(100), { maxLength: 12 }),
        fc.array(fc.tuple(fc.nat(120), fc.nat(60), fc.boolean()), { maxLength: 20 }),
        (phaseStarts, work) => {
          const trace = new SyntheticTrace('phases');
          const stage = {
            ...trace.step({ type: 'stage', name: 's', startMs: 0, durationMs: 120 }),
            stage: phasesAt(
              ...phaseStarts.sort((a, b) => a - b).map((at): [string, number] => [`${at}`, at]),
            ),
          };
          for (const [startMs, tailMs, failed] of work) {
            trace.call({ name: 'c', startMs, tailMs, failed, parent: stage });
          }
          const expected = phaseStarts.map((from, at) => {
            const to = phaseStarts[at + 1] ?? Infinity;
            const isIn = (time: number): boolean => time >= from && time < to;
            return [
              work.filter(([start, tail]) => isIn(start) || (start < from && start + tail > from))
                .length,
              work.filter(([start, tail, failed]) => failed && isIn(start + tail)).length,
            ];
          });
          const { phases } = statisticsOf(trace, stage);
          assert.deepEqual(
            phases.map(({ figures }) => [figures.calls, figures.errors]),
            expected,
          );
        },
      ),
    );
  });

  it('are of each stage right within it, not of those within these', () => {
    const trace = new SyntheticTrace('groups');
    const group = trace.step({ type: 'stage', name: 'group', startMs: 0, durationMs: 4_000 });
    const one = trace.step({
      ...{ type: 'stage', name: 'one', startMs: 0, durationMs: 1_000, parent: group },
    });
    const inner = trace.step({
      ...{ type: 'stage', name: 'inner', startMs: 0, durationMs: 500, parent: one },
    });
    trace.call(
      { name: 'a', startMs: 0, parent: inner },
      stream(5, 100, () => 10),
    );
    const agent = trace.step({
      ...{ type: 'agent', name: 'agent', startMs: 2_000, durationMs: 1_000, parent: group },
    });
    trace.step({ type: 'stage', name: 'two', startMs: 2_000, durationMs: 1_000, parent: agent });
    trace.call(
      { name: 'elsewhere', startMs: 3_500 },
      stream(5, 100, () => 10),
    );
    const { whole, stages } = statisticsOf(trace, group);
    assert.deepEqual(
      stages.map(({ name, figures }) => [name, figures.calls, figures.tokens]),
      [
        ['one', 1, 5],
        ['two', 0, 0],
      ],
    );
    assert.deepEqual([whole.calls, whole.tokens], [1, 5]);
  });

  it('count stalls, those of a phase where they began', () => {
    const trace = new SyntheticTrace('stalls');
    const stage = {
      ...trace.step({ type: 'stage', name: 's', startMs: 0, durationMs: 10_000 }),
      stage: phasesAt(['first', 0], ['second', 3_000]),
    };
    // Stands still from 0.2 s to 2.2 s, and from 4.1 s to 6.1 s.
    const gaps = (at: number): number => (at === 2 || at === 5 ? 2_000 : at === 4 ? 1_800 : 100);
    trace.call({ name: 'a', startMs: 0, parent: stage }, stream(40, 100, gaps));
    const { whole, phases } = statisticsOf(trace, stage);
    assert.equal(whole.stalls, 3);
    assert.deepEqual(
      phases.map(({ figures }) => figures.stalls),
      [2, 1],
    );
  });

  it('say nothing of what is not known', () => {
    const trace = new SyntheticTrace('unknown');
    const stage = trace.step({ type: 'stage', name: 's', startMs: 0, durationMs: 1_000 });
    const ordered = { clockSource: 'order-only', completionTokens: 7 } as const;
    trace.call(
      { name: 'a', startMs: 0, parent: stage },
      stream(7, 0, () => 0),
      ordered,
    );
    trace.call({ name: 'b', startMs: 0, parent: stage }, columnsOf([]));
    const { whole } = statisticsOf(trace, stage);
    assert.deepEqual(
      [whole.tokens, whole.uncountedCalls, whole.ttftP50Us, whole.outputTokensPerSecond],
      [7, 1, null, null],
    );
    assert.deepEqual([whole.waitingShare, whole.streamingShare], [null, null]);
    const empty = trace.step({ type: 'stage', name: 'empty', startMs: 2_000 });
    const none = statisticsOf(trace, empty).whole;
    assert.deepEqual([none.calls, none.tokens, none.stalls, none.waitingShare], [0, 0, 0, null]);
  });

  it('count a call that has no token yet as waiting, until now', () => {
    const trace = new SyntheticTrace('live');
    const stage = trace.step({ type: 'stage', name: 's', startMs: 0 });
    const unknown = { completionTokens: null, tokenCountSource: null };
    const call = trace.call({ name: 'a', startMs: 1_000, parent: stage }, columnsOf([]), {
      ...{ state: 'streaming', ...unknown },
    });
    const ends = new Map([
      [stage.key, ms(4_000)],
      [call.key, ms(4_000)],
    ]);
    const { whole } = stageStatistics(
      runOf(trace).steps.map((step) =>
        step.call
          ? {
              ...{ ...step, durationUs: null },
              call: { ...step.call, metrics: { ...step.call.metrics, durationUs: null } },
            }
          : step,
      ),
      stage,
      ends,
    );
    assert.equal(whole.durationUs, microseconds(4_000_000));
    assert.deepEqual([whole.waitingShare, whole.streamingShare], [0.75, 0]);
  });
});
