import assert from 'node:assert/strict';
import { CaptureFigures } from '../../../src/capture/captureFigures.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import type { TraceEvent } from '../../../src/store/log/traceEvent.js';

const tokens = (count: number): TraceEvent => ({
  type: 'tokens',
  callId: 'a',
  firstIndex: 0,
  tokens: Array.from({ length: count }, () => [microseconds(1), 0, 'x'] as const),
});

const started = (callId: string): TraceEvent => ({
  ...{ type: 'call-started', callId, runId: 'run', name: 'call', streaming: true },
  ...{ clockSource: 'sdk', atUs: epochMicroseconds(1) },
});

const ended: TraceEvent = {
  type: 'call-ended',
  callId: 'a',
  state: 'completed',
  durationUs: microseconds(1),
};

describe('figures of a capture', () => {
  let nowMs = 0;
  let figures: CaptureFigures;
  beforeEach(() => {
    nowMs = 1_000_000;
    figures = new CaptureFigures(() => nowMs);
  });

  it('give tokens per second over the last two seconds', () => {
    for (let at = 0; at < 40; at++) {
      figures.note([tokens(5)]);
      nowMs += 50;
    }
    // One of the eight slices has just been begun.
    assert.ok(Math.abs(figures.tokensPerSecond - 100) <= 100 / 8, `${figures.tokensPerSecond}`);
    assert.equal(figures.tokens, 200);
  });

  it('do not grow with calls that are started and never ended', () => {
    for (let at = 0; at < 20_000; at++) figures.note([started(`call-${at}`)]);
    assert.equal(figures.calls, 20_000);
    assert.equal(figures.activeStreams, 10_000);
  });

  it('forget tokens of longer ago, also after a long silence', () => {
    figures.note([tokens(100)]);
    nowMs += 2_001;
    assert.equal(figures.tokensPerSecond, 0);
    nowMs += 3_600_000;
    figures.note([tokens(4)]);
    assert.equal(figures.tokensPerSecond, 2);
  });

  it('count a call as active from its start to its end, however often either is told', () => {
    const started: TraceEvent = {
      type: 'call-started',
      callId: 'a',
      runId: 'r',
      name: 'm',
      atUs: 0 as never,
      clockSource: 'proxy',
      streaming: true,
    };
    figures.note([started]);
    assert.equal(figures.activeStreams, 1);
    figures.note([ended, ended]);
    assert.deepEqual([figures.activeStreams, figures.calls], [0, 1]);
  });
});
