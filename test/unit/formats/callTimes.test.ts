import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CallEvidence, callTimes } from '../../../src/formats/agentInspector/callTimes.js';

const stamp = 1_760_000_000_000;
const nothing: CallEvidence = {
  timestampMs: stamp,
  durationMs: null,
  ended: true,
  firstTokenLatencyMs: null,
  lastTokenLatencyMs: null,
  epochTokens: null,
  relativeTokens: null,
};
const times = (evidence: Partial<CallEvidence>) => callTimes({ ...nothing, ...evidence });
const span = (firstMs: number, lastMs: number) => ({ firstMs, lastMs });

describe('Times of a call', function () {
  this.timeout(20_000);

  it('begin at the stamp where the event measured the call itself', () => {
    const { startMs, endToEndMs, requestTimeKnown } = times({ durationMs: 2300 });
    assert.deepEqual([startMs, endToEndMs, requestTimeKnown], [stamp, 2300, true]);
  });

  it('are a moment where the event measured only its own recording', () => {
    for (const durationMs of [null, 0, 1]) {
      const { startMs, lengthMs, endToEndMs, requestTimeKnown } = times({ durationMs });
      assert.deepEqual(
        [startMs, lengthMs, endToEndMs, requestTimeKnown],
        [stamp, null, null, false],
      );
    }
  });

  it('end at the stamp where the last token took longer than the event', () => {
    const recorded = times({ durationMs: 0, firstTokenLatencyMs: 300, lastTokenLatencyMs: 900 });
    assert.equal(recorded.startMs, stamp - 900);
    assert.equal(recorded.lengthMs, 900);
    assert.equal(recorded.endToEndMs, null, 'when the last byte came is not known');
    assert.equal(recorded.requestTimeKnown, true);
  });

  it('begin at the stamp where wall-clock tokens came after it', () => {
    const streamed = times({ durationMs: 1000, epochTokens: span(stamp + 400, stamp + 900) });
    assert.deepEqual([streamed.startMs, streamed.endToEndMs], [stamp, 1000]);
  });

  it('begin a recorded latency before the first wall-clock token', () => {
    const recorded = times({
      durationMs: 0,
      firstTokenLatencyMs: 300,
      epochTokens: span(stamp - 400, stamp - 50),
    });
    assert.equal(recorded.startMs, stamp - 700);
    assert.equal(recorded.endToEndMs, 700);
    assert.equal(recorded.requestTimeKnown, true);
  });

  it('do not invent when the request was sent', () => {
    const recorded = times({ durationMs: 0, epochTokens: span(stamp - 400, stamp - 50) });
    assert.equal(recorded.startMs, stamp - 400);
    assert.equal(recorded.requestTimeKnown, false);
    assert.equal(recorded.endToEndMs, null);
  });

  it('shift tokens that count from the first token by its latency', () => {
    const relativeTokens = span(0, 500);
    const known = times({ durationMs: 900, relativeTokens, firstTokenLatencyMs: 200 });
    assert.deepEqual([known.relativeShiftMs, known.requestTimeKnown], [200, true]);
    const unknown = times({ durationMs: 900, relativeTokens });
    assert.deepEqual([unknown.relativeShiftMs, unknown.requestTimeKnown], [0, false]);
  });

  it('have no length while the call streams', () => {
    for (const epochTokens of [null, span(stamp + 10, stamp + 90)]) {
      const { startMs, lengthMs, endToEndMs } = times({ ended: false, epochTokens });
      assert.deepEqual([startMs, lengthMs, endToEndMs], [stamp, null, null]);
    }
  });

  it('are sound for any evidence: no token before the start, no length below zero', () => {
    const time = fc.option(fc.integer({ min: 0, max: 1e14 }));
    const latency = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
    const sorted = (min: number, max: number) =>
      fc
        .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
        .map(([a, b]) => span(Math.min(a, b), Math.max(a, b)));
    const evidence = fc.record({
      timestampMs: time,
      durationMs: latency,
      ended: fc.boolean(),
      firstTokenLatencyMs: latency,
      lastTokenLatencyMs: latency,
      epochTokens: fc.option(sorted(1e11, 1e14)),
      relativeTokens: fc.option(sorted(0, 1e11 - 1)),
    });
    fc.assert(
      fc.property(evidence, (any) => {
        const { startMs, lengthMs, endToEndMs, relativeShiftMs } = callTimes(any);
        assert.ok(Number.isFinite(startMs));
        assert.ok(lengthMs === null || lengthMs >= 0);
        assert.ok(endToEndMs === null || endToEndMs >= 0);
        assert.ok(relativeShiftMs >= 0);
        if (any.epochTokens) assert.ok(startMs <= any.epochTokens.firstMs);
      }),
      { numRuns: 5_000 },
    );
  });
});
