/** The time axis of both timelines: which ticks, what they are called, and how they are painted. */
import { type ScaleLinear, scaleLinear, tickStep } from 'd3';
import type { Span } from '../state/pageModel.js';
import type { Theme } from '../shell/theme.js';

/** µs → CSS pixels. */
export type TimeScale = ScaleLinear<number, number>;

/** Space at the left and right of a plot, so that marks at the ends are not cut. */
const inset = { left: 8, right: 16 };

export const timeScale = (view: Span, width: number): TimeScale =>
  scaleLinear()
    .domain([view.fromUs, view.toUs])
    .range([inset.left, Math.max(inset.left + 1, width - inset.right)]);

export interface Tick {
  readonly x: number;
  readonly label: string;
}

/** In CSS pixels of the canvas. */
interface AxisPlace {
  readonly top: number;
  readonly bottom: number;
  readonly right: number;
  readonly labelY: number;
}

const pixelsPerTick = 72;
/** Half a second is "0.5 s", but 50 ms are not "0.05 s", and half a minute is "30 s". */
const units = [
  { symbol: 'µs', us: 1, shortestStepUs: 0 },
  { symbol: 'ms', us: 1_000, shortestStepUs: 100 },
  { symbol: 's', us: 1_000_000, shortestStepUs: 100_000 },
  { symbol: 'min', us: 60_000_000, shortestStepUs: 60_000_000 },
  { symbol: 'h', us: 3_600_000_000, shortestStepUs: 3_600_000_000 },
] as const;

/** Ticks at round times, about every 70 to 150 pixels, all in the one unit that suits their distance. */
export function timeTicks(scale: TimeScale): Tick[] {
  const [start = 0, end = 0] = scale.range();
  const count = Math.max(2, Math.floor((end - start) / pixelsPerTick));
  const [from = 0, to = 1] = scale.domain();
  const step = tickStep(from, to, count);
  const unit = units.findLast(({ shortestStepUs }) => shortestStepUs <= step) ?? units[0];
  const inUnit = scale.copy().domain([from / unit.us, to / unit.us]);
  const format = inUnit.tickFormat(count);
  return inUnit
    .ticks(count)
    .map((value) => ({ x: inUnit(value), label: `${format(value)} ${unit.symbol}` }));
}

/** Lines from `top` to `bottom` and labels whose baseline is at `labelY`; a label that `right` would cut is left out. */
export function paintAxis(
  context: CanvasRenderingContext2D,
  ticks: readonly Tick[],
  at: AxisPlace,
  theme: Theme,
): void {
  context.fillStyle = theme.gridLine;
  for (const { x } of ticks) context.fillRect(Math.round(x), at.top, 1, at.bottom - at.top);
  context.fillStyle = theme.dim;
  context.font = theme.smallFont;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  for (const { x, label } of ticks) {
    const left = Math.round(x) + 3;
    if (left + context.measureText(label).width <= at.right) {
      context.fillText(label, left, at.labelY);
    }
  }
}
