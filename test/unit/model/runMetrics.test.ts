import assert from 'node:assert/strict';
import { goodput } from '../../../src/model/goodput.js';
import { unknownMetrics } from '../../../src/model/metrics.js';
import { runMetrics } from '../../../src/model/runMetrics.js';
import { ms, sampleCall } from './sampleCalls.js';

const percentilesAt = (p50: number, p95: number) => ({ p50, p90: p95, p95, p99: p95, max: p95 });

describe('metrics of a run', () => {
  it('takes the medians over the calls that have the figure', () => {
    const metrics = runMetrics([
      sampleCall({}, { ttftUs: ms(100), icl: percentilesAt(10, 50) }),
      sampleCall({}, { ttftUs: ms(300), icl: percentilesAt(20, 70) }),
      sampleCall({ streaming: false }),
    ]);
    assert.equal(metrics.ttftP50Us, 200_000);
    assert.equal(metrics.iclP50Us, 15);
    assert.equal(metrics.iclP95Us, 60);
  });

  it('divides the tokens by the time of the calls that have both', () => {
    const metrics = runMetrics([
      sampleCall({ completionTokens: 90 }, { durationUs: ms(2_000), effectiveTokensPerSecond: 45 }),
      sampleCall({ completionTokens: 10 }, { durationUs: ms(2_000), effectiveTokensPerSecond: 5 }),
      sampleCall({ completionTokens: null, receivedTokens: 0 }, { durationUs: ms(60_000) }),
    ]);
    assert.equal(metrics.tokensPerSecond, 25);
  });

  it('counts calls, failures, stalls and bursts; an aborted call is no failure', () => {
    const metrics = runMetrics([
      sampleCall({ state: 'failed' }),
      sampleCall({ state: 'aborted' }, { stallCount: 2, burstCount: 1 }),
      sampleCall({}, { stallCount: 1, burstCount: null }),
    ]);
    assert.deepEqual(
      [metrics.calls, metrics.failedCalls, metrics.stalls, metrics.bursts],
      [3, 1, 3, 1],
    );
  });

  it('tells bursts that something held back from those of any connection', () => {
    const burst = (count: number, waited: number) => ({
      first: 0,
      count,
      atUs: ms(1_000),
      waitUs: ms(waited),
    });
    const buffered = (...bursts: ReturnType<typeof burst>[]): number =>
      runMetrics([sampleCall({}, { bursts, icl: percentilesAt(ms(30), ms(60)) })]).bufferedBursts;
    assert.equal(buffered(burst(5, 150), burst(40, 2_000)), 2);
    assert.equal(buffered(burst(4, 150)), 0, 'few tokens');
    assert.equal(buffered(burst(5, 149)), 0, 'a usual wait for this call');
    assert.equal(
      runMetrics([sampleCall({}, { bursts: [burst(5, 99), burst(5, 100)] })]).bufferedBursts,
      1,
      'without a median, by the absolute wait',
    );
  });

  it('knows no figure of a run without calls', () => {
    const metrics = runMetrics([]);
    assert.deepEqual(
      [metrics.ttftP50Us, metrics.tokensPerSecond, metrics.iclP50Us, metrics.calls],
      [null, null, null, 0],
    );
  });
});

describe('goodput', () => {
  const call = (ttft: number, tpot: number | null, duration: number) => ({
    ...unknownMetrics,
    ttftUs: ms(ttft),
    tpotUs: tpot === null ? null : ms(tpot),
    durationUs: ms(duration),
  });
  const calls = [
    call(200, 20, 900),
    call(900, 20, 900),
    call(200, 80, 900),
    call(200, null, 5_000),
  ];

  it('is the share of calls that meet every objective', () => {
    assert.equal(goodput(calls, { ttftUs: ms(500), tpotUs: ms(50) }), 0.25);
    assert.equal(goodput(calls, { durationUs: ms(900) }), 0.75);
  });

  it('holds unset objectives for met, and an unknown figure for not met', () => {
    assert.equal(goodput(calls, {}), 1);
    assert.equal(goodput(calls, { tpotUs: ms(1_000) }), 0.75);
  });

  it('is not defined for no calls', () => {
    assert.equal(goodput([], {}), null);
  });
});
