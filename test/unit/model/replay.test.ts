import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type ReplayState,
  type ReplayTrack,
  hasTimes,
  isAtEnd,
  longestFrameMs,
  orderOnlyPaceUs,
  pause,
  play,
  positionAt,
  replayTrack,
  seek,
  shortenedStallUs,
  step,
  stoppedReplay,
  tick,
} from '../../../src/model/replay.js';
import { type TokenColumns, TokenKind, columnsOf } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';

const second = microseconds(1_000_000);

const streamAt = (ms: readonly number[]): TokenColumns =>
  columnsOf(
    ms.map((time) => ({ offsetUs: microseconds(time * 1_000), text: 'x', kind: TokenKind.text })),
  );

function trackAt(ms: readonly number[], durationMs: number | null = null): ReplayTrack {
  const columns = streamAt(ms);
  const stalls = ms.flatMap((time, after) => {
    const next = ms[after + 1];
    return next !== undefined && next - time >= 1_000
      ? [{ after, startUs: microseconds(time * 1_000), endUs: microseconds(next * 1_000) }]
      : [];
  });
  const durationUs = durationMs === null ? null : microseconds(durationMs * 1_000);
  return replayTrack(columns, 'proxy', durationUs, stalls, second);
}

const pace = (speed: number, skipStalls = false) => ({ speed, skipStalls });

/** Lets the clock run in frames of the given lengths. */
const run = (
  track: ReplayTrack,
  from: ReplayState,
  frames: readonly number[],
  at = pace(1),
): ReplayState => frames.reduce((state, elapsed) => tick(track, state, at, elapsed), from);

describe('replay', () => {
  const track = trackAt([100, 150, 150, 400, 2_400, 2_450], 2_500);
  const playing = play(track, stoppedReplay);

  it('shows each token at its time', () => {
    assert.equal(run(track, playing, [99]).position, -1);
    assert.equal(run(track, playing, [100]).position, 0);
    assert.equal(run(track, playing, [100, 49]).position, 0);
    assert.equal(run(track, playing, [100, 50]).position, 2, 'tokens of one moment come together');
  });

  it('keeps to real time however the frames fall', () => {
    const frames = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(frames, fc.constantFrom(0.5, 1, 2, 5, 10), (list, speed) => {
        const total = list.reduce((sum, one) => sum + one, 0);
        const state = run(track, playing, list, pace(speed));
        const expected = Math.min(total * 1_000 * speed, track.endUs);
        assert.ok(Math.abs(state.timeUs - expected) < 1e-3);
        assert.equal(state.position, positionAt(track, state.timeUs));
      }),
    );
  });

  it('waits for its reader when a frame comes from a hidden page', () => {
    const state = run(track, playing, [3_600_000]);
    assert.equal(state.timeUs, longestFrameMs * 1_000);
    assert.equal(run(track, playing, [-5]).timeUs, 0, 'and never runs backwards');
  });

  it('changes speed while it plays', () => {
    const slow = tick(track, playing, pace(0.5), 200);
    assert.equal(slow.timeUs, 100_000);
    assert.equal(tick(track, slow, pace(10), 20).timeUs, 300_000);
  });

  it('pauses, goes on from there, and ends at the last byte', () => {
    const paused = pause(run(track, playing, [150]));
    assert.equal(run(track, paused, [500, 500]), paused);
    const resumed = run(track, play(track, paused), [100]);
    assert.equal(resumed.timeUs, 250_000);
    const ended = run(track, playing, [900, 900, 900]);
    assert.deepEqual(ended, { position: 5, timeUs: track.endUs, playing: false });
    assert.ok(isAtEnd(track, ended));
  });

  it('begins anew when it is played at its end', () => {
    const ended = run(track, playing, [900, 900, 900]);
    assert.deepEqual(play(track, ended), { ...stoppedReplay, playing: true });
  });

  it('steps from token to token and pauses', () => {
    const first = step(track, playing, 1);
    assert.deepEqual(first, { position: 0, timeUs: 100_000, playing: false });
    assert.equal(step(track, first, 1).position, 1);
    assert.equal(step(track, step(track, first, 1), 1).position, 2, 'also within one moment');
    assert.deepEqual(step(track, first, -1), { ...stoppedReplay });
    assert.equal(step(track, first, -7).position, -1);
    assert.equal(step(track, first, 99).position, 5);
  });

  it('seeks within bounds and goes on playing', () => {
    const sought = seek(track, playing, 3);
    assert.deepEqual(sought, { position: 3, timeUs: 400_000, playing: true });
    assert.equal(seek(track, playing, Infinity).position, 5);
    assert.equal(seek(track, playing, -Infinity).position, -1);
  });

  it('never goes back, and always ends', () => {
    const times = fc
      .array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 40 })
      .map((gaps) => {
        let time = 0;
        return gaps.map((gap) => (time += gap));
      });
    fc.assert(
      fc.property(times, fc.boolean(), fc.constantFrom(0.5, 1, 10), (ms, skipStalls, speed) => {
        const any = trackAt(ms);
        let state = play(any, stoppedReplay);
        let frames = 0;
        while (state.playing) {
          const next = tick(any, state, pace(speed, skipStalls), 500);
          assert.ok(next.timeUs >= state.timeUs && next.position >= state.position);
          assert.ok(++frames <= any.endUs / (500_000 * speed) + 2, 'takes too long');
          state = next;
        }
        assert.equal(state.position, ms.length - 1);
      }),
    );
  });

  describe('that skips stalls', () => {
    const framesToEnd = (of: ReplayTrack, skipStalls: boolean): number => {
      let state = play(of, stoppedReplay);
      let frames = 0;
      for (; state.playing; frames++) state = tick(of, state, pace(1, skipStalls), 1);
      return frames;
    };

    it('shortens each stall to a quarter of a second', () => {
      const [whole, skipped] = [framesToEnd(track, false), framesToEnd(track, true)];
      assert.equal(whole, 2_500);
      const saved = 2_000 - shortenedStallUs / 1_000;
      assert.ok(Math.abs(skipped - (whole - saved)) <= 1, `${skipped} ms`);
    });

    it('shortens a long wait for the first token and after the last one', () => {
      const waiting = trackAt([4_000, 4_020], 34_020);
      assert.ok(framesToEnd(waiting, true) <= 250 + 20 + 250 + 2);
    });

    it('passes over a stall in one late frame', () => {
      const state = run(
        track,
        seek(track, playing, 3),
        [shortenedStallUs / 1_000 + 10],
        pace(1, true),
      );
      assert.ok(Math.abs(state.timeUs - 2_410_000) < 1);
      assert.equal(state.position, 4);
    });

    it('begins inside of a stall where someone jumped to', () => {
      const inside: ReplayState = { position: 3, timeUs: microseconds(1_400_000), playing: true };
      const state = tick(track, inside, pace(1, true), shortenedStallUs / 2_000);
      assert.ok(Math.abs(state.timeUs - 2_400_000) < 1);
    });
  });

  describe('of an order without times', () => {
    const columns = streamAt([0, 0, 0]);
    const ordered = replayTrack(columns, 'order-only', null, [], second);

    it('goes at a steady pace of its own', () => {
      assert.equal(hasTimes(columns, 'order-only'), false);
      assert.equal(hasTimes(columns, 'unknown'), false);
      assert.equal(ordered.isTimed, false);
      const state = run(ordered, play(ordered, stoppedReplay), [orderOnlyPaceUs / 1_000]);
      assert.equal(state.position, 0);
      assert.equal(ordered.endUs, 3 * orderOnlyPaceUs);
    });
  });

  it('has nothing to play without tokens', () => {
    const empty = replayTrack(columnsOf([]), 'proxy', null, [], second);
    assert.equal(play(empty, stoppedReplay).playing, false);
  });

  it('does not wait where the tokens of an aggregated call are gone', () => {
    const columns = {
      ...streamAt([100, 200, 60_000, 60_100]),
      index: Uint32Array.of(0, 1, 998, 999),
    };
    // Between tokens that are gone: within what is left out already.
    const stall = { after: null, startUs: microseconds(2e6), endUs: microseconds(9e6) };
    const track = replayTrack(columns, 'proxy', null, [stall], second, true);
    assert.deepEqual(track.quiet, [{ fromUs: 200_000, toUs: 60_000_000 }]);
    const gone = run(track, play(track, stoppedReplay), [200]);
    assert.deepEqual([gone.position, gone.timeUs], [1, 200_000]);
    const halfway = run(track, gone, [shortenedStallUs / 2_000]);
    assert.deepEqual([halfway.position, halfway.timeUs], [1, 30_100_000]);
    assert.equal(run(track, halfway, [shortenedStallUs / 2_000]).position, 2);
    const sampled = replayTrack(columns, 'proxy', null, [], second);
    assert.deepEqual(sampled.leftOut, [], 'those of a sample are on their way all along');
  });
});
