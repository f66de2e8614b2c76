/** A closed lane's row shows what is in it as one band: when its calls waited, streamed and how fast, and failed. */
import type { Call, Step } from '../../src/model/trace.js';
import { formatCount } from '../../src/model/formatting.js';
import type { TimeScale } from './axis.js';
import type { Mark } from './runLayout.js';
import { averageRate } from './runRates.js';

/** How many calls wait and stream in each pixel, and how fast together. */
interface Changes {
  readonly waiting: Int32Array;
  readonly streaming: Int32Array;
  readonly rate: Float64Array;
}

/**
 * At most a mark a pixel, however many calls there are.
 * @param untilUs until when the lane has gone on, where it is not over; calls that stream go on until then
 */
export function bandMarks(
  inside: readonly Step[],
  untilUs: number | null,
  scale: TimeScale,
): Mark[] {
  if (inside.length === 0) return [];
  const [, end = 0] = scale.range();
  // As far as a plot is painted beyond its last tick.
  const width = Math.ceil(end) + 16;
  const changes: Changes = {
    waiting: new Int32Array(width + 1),
    streaming: new Int32Array(width + 1),
    rate: new Float64Array(width + 1),
  };
  const failures = new Set<number>();
  for (const { startUs, durationUs, call, failed } of inside) {
    const x = (offsetUs: number): number =>
      Math.max(0, Math.min(width, Math.round(scale(startUs + offsetUs))));
    const known = call?.metrics.durationUs ?? call?.metrics.lastTokenUs ?? durationUs ?? 0;
    const endUs = call?.state === 'streaming' && untilUs !== null ? untilUs - startUs : known;
    const endX = scale(startUs + endUs);
    if (endX < 0 || scale(startUs) > width) continue;
    if (failed && endX <= width) failures.add(Math.round(endX));
    if (call) addCall(changes, call, endUs, x);
  }
  return [...bandsOf(changes, width), ...[...failures].map(failure)];
}

const failure = (left: number): Mark => ({ kind: 'point', left, shape: 'cross', tone: 'error' });

function addCall(
  { waiting, streaming, rate }: Changes,
  call: Call,
  endUs: number,
  x: (offsetUs: number) => number,
): void {
  const { ttftUs, lastTokenUs } = call.metrics;
  const firstX = x(ttftUs ?? endUs);
  add(waiting, x(0), firstX, 1);
  if (ttftUs === null) return;
  const lastX = Math.max(firstX + 1, x(lastTokenUs ?? endUs));
  add(streaming, firstX, lastX, 1);
  add(rate, firstX, lastX, averageRate(call) ?? 0);
}

/** As a difference at either end, so that a long call costs no more than a short one. */
function add(changes: Int32Array | Float64Array, from: number, to: number, by: number): void {
  if (to <= from) return;
  changes[from] = (changes[from] ?? 0) + by;
  if (to < changes.length) changes[to] = (changes[to] ?? 0) - by;
}

function bandsOf({ waiting, streaming, rate }: Changes, width: number): Mark[] {
  const marks: Mark[] = [];
  let [waits, streams, perSecond] = [0, 0, 0];
  let open = { left: 0, calls: 0, rate: null as number | null };
  for (let x = 0; x <= width; x++) {
    waits += waiting[x] ?? 0;
    streams += streaming[x] ?? 0;
    // What adding and subtracting leaves over is no rate.
    perSecond = streams === 0 ? 0 : perSecond + (rate[x] ?? 0);
    const calls = x === width ? 0 : streams > 0 ? streams : waits;
    const together = streams > 0 && calls > 0 ? perSecond : null;
    if (open.calls === calls && open.rate === together) continue;
    if (open.calls > 0) {
      marks.push({ kind: 'band', left: open.left, right: x, calls: open.calls, rate: open.rate });
    }
    open = { left: x, calls, rate: together };
  }
  return marks;
}

/** "3 calls, 1 failed"; empty where there is none. */
export function insideWords(inside: readonly Step[]): string {
  const calls = inside.filter(({ call }) => call).length;
  const failed = inside.filter((step) => step.failed).length;
  return [
    ...(calls > 0 ? [`${formatCount(calls)} ${calls === 1 ? 'call' : 'calls'}`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
  ].join(', ');
}
