/**
 * The replay's clock, without a clock: every function takes a state and returns the next one, and time
 * comes in as the milliseconds that passed. Frames may come late; the replay keeps to real time.
 */
import type { Stall } from './metrics.js';
import { firstAbove } from './search.js';
import { type TokenColumns, startsOfParts } from './tokens.js';
import type { ClockSource } from './provenance.js';
import { type Microseconds, microseconds } from './units.js';

/** A wait that "Skip stalls" shortens. */
export interface QuietSpan {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface ReplayTrack {
  /** When each token appears, µs since the request was sent; never decreasing. */
  readonly offsetUs: Float64Array;
  /** When the replay is over: the last byte, or the last token where that is not known. */
  readonly endUs: Microseconds;
  /** In order of time, not overlapping, each longer than {@link shortenedStallUs}. */
  readonly quiet: readonly QuietSpan[];
  /** Those of them in which the tokens that came are gone: always shortened, there is nothing to wait for. */
  readonly leftOut: readonly QuietSpan[];
  /** False when the file knows only the order: tokens then appear at a steady pace of our own. */
  readonly isTimed: boolean;
}

export interface ReplayState {
  /** The token that appeared last; −1 is before the first. */
  readonly position: number;
  readonly timeUs: Microseconds;
  readonly playing: boolean;
}

export interface ReplayPace {
  readonly speed: number;
  readonly skipStalls: boolean;
}

/** How long a stall lasts in a replay that skips stalls. */
export const shortenedStallUs = microseconds(250_000);
/** How long an order-only token stays alone; a pace for reading, not a measurement. */
export const orderOnlyPaceUs = microseconds(50_000);
/** A frame later than this comes from a hidden page: the replay waits for its reader. */
export const longestFrameMs = 1_000;

export const stoppedReplay: ReplayState = {
  position: -1,
  timeUs: microseconds(0),
  playing: false,
};

/** False when the file knows only the order of the tokens (then it is no use to draw a time axis). */
export function hasTimes(columns: TokenColumns, clockSource: ClockSource): boolean {
  const last = columns.offsetUs[columns.count - 1] ?? 0;
  return clockSource !== 'order-only' && (last > 0 || columns.count === 1);
}

/**
 * @param stalls in order of time
 * @param isAggregated tokens between those at either end are gone, and it is no use to wait for them
 * @param minimumUs a wait before the first token or after the last one counts as quiet from here on
 */
export function replayTrack(
  columns: TokenColumns,
  clockSource: ClockSource,
  durationUs: Microseconds | null,
  stalls: readonly Stall[],
  minimumUs: Microseconds,
  isAggregated = false,
): ReplayTrack {
  if (!hasTimes(columns, clockSource)) {
    const offsetUs = Float64Array.from(
      { length: columns.count },
      (_, position) => (position + 1) * orderOnlyPaceUs,
    );
    const endUs = microseconds(columns.count * orderOnlyPaceUs);
    return { offsetUs, endUs, quiet: [], leftOut: [], isTimed: false };
  }
  const first = columns.offsetUs[0] ?? 0;
  const last = columns.offsetUs[columns.count - 1] ?? 0;
  const endUs = microseconds(Math.max(last, durationUs ?? 0));
  const leftOut = isAggregated ? spansLeftOut(columns) : [];
  // A stall between tokens that are gone lies within what is left out.
  const stalled = stalls
    .filter(({ after }) => after !== null)
    .map(({ startUs, endUs: toUs }) => ({ fromUs: startUs, toUs }));
  const long = ({ fromUs, toUs }: QuietSpan): boolean => toUs - fromUs > shortenedStallUs;
  const waits = [
    { fromUs: 0, toUs: first },
    { fromUs: last, toUs: endUs },
  ].filter(({ fromUs, toUs }) => toUs - fromUs >= minimumUs);
  const quiet = [...waits, ...stalled, ...leftOut]
    .filter(long)
    .sort((one, other) => one.fromUs - other.fromUs);
  return { offsetUs: columns.offsetUs, endUs, quiet, leftOut: leftOut.filter(long), isTimed: true };
}

function spansLeftOut(columns: TokenColumns): QuietSpan[] {
  const [, ...starts] = startsOfParts(columns);
  return starts.map((position) => ({
    fromUs: columns.offsetUs[position - 1] ?? 0,
    toUs: columns.offsetUs[position] ?? 0,
  }));
}

/** The last token that has appeared at `timeUs`; −1 before the first. */
export const positionAt = (track: ReplayTrack, timeUs: number): number =>
  firstAbove(track.offsetUs, timeUs) - 1;

/** From the beginning when it stands at the end. */
export function play(track: ReplayTrack, state: ReplayState): ReplayState {
  const from = isAtEnd(track, state) ? stoppedReplay : state;
  return { ...from, playing: track.offsetUs.length > 0 };
}

export const pause = (state: ReplayState): ReplayState => ({ ...state, playing: false });

/** Goes on playing from there when it plays. */
export function seek(track: ReplayTrack, state: ReplayState, position: number): ReplayState {
  const target = Math.max(-1, Math.min(track.offsetUs.length - 1, Math.round(position)));
  return {
    position: target,
    timeUs: microseconds(target < 0 ? 0 : (track.offsetUs[target] ?? 0)),
    playing: state.playing,
  };
}

/** Pauses, so that the next frame does not step away from the token that was asked for. */
export const step = (track: ReplayTrack, state: ReplayState, tokens: number): ReplayState =>
  pause(seek(track, state, state.position + tokens));

/** The state after `elapsedMs` of real time; pauses at the end. */
export function tick(
  track: ReplayTrack,
  state: ReplayState,
  pace: ReplayPace,
  elapsedMs: number,
): ReplayState {
  if (!state.playing) return state;
  const budgetUs = Math.max(0, Math.min(elapsedMs, longestFrameMs)) * 1_000 * pace.speed;
  const shortened = pace.skipStalls ? track.quiet : track.leftOut;
  const timeUs = advanceSkipping(shortened, state.timeUs, budgetUs);
  if (timeUs >= track.endUs) {
    return { position: track.offsetUs.length - 1, timeUs: track.endUs, playing: false };
  }
  return {
    // Tokens that came at the same moment appear together; stepping may stand on any of them.
    position: Math.max(state.position, positionAt(track, timeUs)),
    timeUs: microseconds(timeUs),
    playing: true,
  };
}

export const isAtEnd = (track: ReplayTrack, state: ReplayState): boolean =>
  state.position >= track.offsetUs.length - 1 && state.timeUs >= track.endUs;

/** Runs through each of the spans so fast that it takes {@link shortenedStallUs}. */
function advanceSkipping(spans: readonly QuietSpan[], fromUs: number, budgetUs: number): number {
  let timeUs = fromUs;
  let leftUs = budgetUs;
  let next = firstQuietEndingAfter(spans, timeUs);
  while (leftUs > 0) {
    const quiet = spans[next];
    if (quiet === undefined) return timeUs + leftUs;
    if (timeUs < quiet.fromUs) {
      const moved = Math.min(leftUs, quiet.fromUs - timeUs);
      timeUs += moved;
      leftUs -= moved;
      if (leftUs <= 0) return timeUs;
    }
    const factor = (quiet.toUs - quiet.fromUs) / shortenedStallUs;
    const neededUs = (quiet.toUs - timeUs) / factor;
    if (neededUs > leftUs) return timeUs + leftUs * factor;
    timeUs = quiet.toUs;
    leftUs -= neededUs;
    next++;
  }
  return timeUs;
}

function firstQuietEndingAfter(quiet: readonly QuietSpan[], timeUs: number): number {
  let low = 0;
  let high = quiet.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((quiet[middle]?.toUs ?? 0) <= timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
