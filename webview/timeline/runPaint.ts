/** Paints the run timeline: what goes where was decided by runLayout.ts. */
import type { Step } from '../../src/model/trace.js';
import type { Theme } from '../shell/theme.js';
import { type TimeScale, paintAxis, timeTicks } from './axis.js';
import type { Size } from './canvas.js';
import { type Mark, axisHeight, rowHeight, rowMarks } from './runLayout.js';
import { type LoadedRates, averageRate, rateShare, ratesOfCall } from './runRates.js';
import type { RunRow } from './runRows.js';
import {
  barHeight,
  fillRounded,
  paintLabel,
  paintLine,
  paintText,
  toneColour,
} from './runShapes.js';
import { paintBand, paintPhase, paintStage, paintTransition } from './runStagePaint.js';

type Context = CanvasRenderingContext2D;

export interface RunScene {
  readonly rows: readonly RunRow[];
  readonly scale: TimeScale;
  /** In CSS pixels. */
  readonly scrollTop: number;
  readonly selectedRow: number;
  readonly hoveredRow: number;
  readonly rates: LoadedRates | null;
  readonly strongestRate: number;
}

const laneHeight = 4;
/** A dot or cross reaches this far from its middle. */
const pointRadius = 4;

export function paintRun(context: Context, size: Size, scene: RunScene, theme: Theme): void {
  const { rows, scale, scrollTop } = scene;
  paintAxis(
    context,
    timeTicks(scale),
    { top: axisHeight - 4, bottom: size.height, right: size.width, labelY: axisHeight - 8 },
    theme,
  );
  context.save();
  context.beginPath();
  context.rect(0, axisHeight, size.width, size.height - axisHeight);
  context.clip();
  const first = Math.max(0, Math.floor(scrollTop / rowHeight));
  const end = Math.min(rows.length, Math.ceil((scrollTop + size.height - axisHeight) / rowHeight));
  for (let index = first; index < end; index++) {
    const row = rows[index];
    if (!row) continue;
    const top = axisHeight + index * rowHeight - scrollTop;
    paintStripe(context, index, top, size.width, scene, theme);
  }
  paintLeadingIn(context, first, size, scene, theme);
  for (let index = first; index < end; index++) {
    const row = rows[index];
    if (!row) continue;
    const top = axisHeight + index * rowHeight - scrollTop;
    for (const mark of rowMarks(row, rows, scale)) {
      if (isInView(mark, size.width)) paintMark(context, mark, row, index, top, size, scene, theme);
    }
  }
  context.restore();
}

/** Lines from rows above what is seen into it. */
function paintLeadingIn(
  context: Context,
  first: number,
  size: Size,
  scene: RunScene,
  theme: Theme,
): void {
  const { rows, scale, scrollTop } = scene;
  for (let index = 0; index < first; index++) {
    const row = rows[index];
    const to = row?.handsOffTo ?? row?.nextStage?.row ?? -1;
    if (!row || to < first) continue;
    const top = axisHeight + index * rowHeight - scrollTop;
    for (const mark of rowMarks(row, rows, scale)) {
      if ('toRow' in mark) paintMark(context, mark, row, index, top, size, scene, theme);
    }
  }
}

function isInView(mark: Mark, width: number): boolean {
  const right = mark.kind === 'ending' || mark.kind === 'point' ? Infinity : mark.right;
  return mark.left < width + pointRadius && right > -pointRadius;
}

/** The selected row, and the one under the pointer, all along. */
function paintStripe(
  context: Context,
  index: number,
  top: number,
  width: number,
  { selectedRow, hoveredRow }: RunScene,
  theme: Theme,
): void {
  if (index !== selectedRow && index !== hoveredRow) return;
  const isSelected = index === selectedRow;
  context.globalAlpha = isSelected ? 0.55 : 1;
  context.fillStyle = isSelected ? theme.selection : theme.hover;
  context.fillRect(0, top, width, rowHeight);
  context.globalAlpha = 1;
  if (!isSelected) return;
  context.strokeStyle = theme.selectionOutline;
  context.strokeRect(-1, top + 0.5, width + 2, rowHeight - 1);
}

function paintMark(
  context: Context,
  mark: Mark,
  { step }: RunRow,
  row: number,
  top: number,
  size: Size,
  scene: RunScene,
  theme: Theme,
): void {
  const middle = top + rowHeight / 2;
  const barTop = top + (rowHeight - barHeight) / 2;
  switch (mark.kind) {
    case 'stage':
      paintStage(context, mark, barTop, size.width, theme);
      return;
    case 'phase':
      paintPhase(context, mark, barTop, size.width, theme);
      return;
    case 'band':
      paintBand(context, mark, middle, size.width, scene.strongestRate, theme);
      return;
    case 'transition':
      paintTransition(context, mark, middle, (mark.toRow - row) * rowHeight, theme);
      return;
    case 'lane':
      context.fillStyle = theme.lane;
      fillRounded(context, mark, middle - laneHeight / 2, laneHeight, size.width);
      return;
    case 'wait':
      context.fillStyle = theme.dim;
      context.fillRect(Math.round(mark.left), middle - 5, 1, 10);
      paintLine(context, mark.left, mark.right, middle, theme.dim, 1, [1, 2]);
      if (mark.label !== undefined) {
        // Beside the caret at the end.
        const labelled = { ...mark, right: mark.right - 12, label: mark.label };
        paintLabel(context, labelled, middle - 3, size.width, theme.dim, theme);
      }
      return;
    case 'tail':
      paintLine(context, mark.left, mark.right, middle, theme.dim, 1, []);
      return;
    case 'tokens':
      paintTokens(context, mark.left, mark.right, barTop, step, size.width, scene, theme);
      return;
    case 'plain':
      context.fillStyle = theme.lane;
      fillRounded(context, mark, barTop, barHeight, size.width);
      return;
    case 'stall':
      paintLine(context, mark.left + 2, mark.right - 2, middle, theme.warning, 1.5, [4, 3]);
      paintLabel(context, mark, middle - 3, size.width, theme.warning, theme);
      return;
    case 'ending':
      paintEnding(context, mark, middle + 4, size.width, theme);
      return;
    case 'block':
      context.fillStyle = toneColour(mark.tone, theme);
      fillRounded(context, mark, barTop + 1, barHeight - 2, size.width);
      return;
    case 'point':
      paintPoint(context, mark, middle, theme);
      return;
    case 'connector':
      paintConnector(context, mark, middle, (mark.toRow - row) * rowHeight, theme);
  }
}

/** One colour a pixel, but one rectangle for pixels of the same colour. */
function paintTokens(
  context: Context,
  left: number,
  right: number,
  top: number,
  step: Step,
  width: number,
  { rates, scale, strongestRate }: RunScene,
  theme: Theme,
): void {
  const begin = Math.max(Math.round(left), -1);
  const end = Math.min(Math.max(Math.round(right), begin + 1), width + 1);
  const average = step.call ? averageRate(step.call) : null;
  const [fromUs, perPixelUs] = [scale.invert(0), scale.invert(1) - scale.invert(0)];
  const rateAt = ratesOfCall(rates, step.key);
  let known = average ?? 0;
  const colourAt = (x: number): number => {
    const rate = rateAt?.(fromUs + (x + 0.5) * perPixelUs) ?? null;
    // Outside the tokens by less than a pixel, or not loaded yet: as the pixel before.
    if (rate !== null && rate >= 0) known = rate;
    return Math.round(rateShare(known, strongestRate) * (theme.rates.length - 1));
  };
  let runStart = begin;
  let colour = colourAt(begin);
  for (let x = begin + 1; x <= end; x++) {
    const next = x < end ? colourAt(x) : -1;
    if (next === colour) continue;
    context.fillStyle = theme.rates[colour] ?? theme.rateLine;
    context.fillRect(runStart, top, x - runStart, barHeight);
    runStart = x;
    colour = next;
  }
}

/** After the end or, where the plot ends before, as far right as there is room. */
function paintEnding(
  context: Context,
  mark: Extract<Mark, { kind: 'ending' }>,
  baseline: number,
  width: number,
  theme: Theme,
): void {
  context.font = theme.font;
  const { left, tone, brief = mark.label } = mark;
  const widthOf = (text: string): number => context.measureText(text).width + 4;
  const label = left + widthOf(mark.label) <= width ? mark.label : brief;
  const needed = widthOf(label);
  const x = Math.min(left, width - needed);
  if (x < left) {
    context.fillStyle = theme.background;
    context.fillRect(x - 2, baseline - 11, needed + 2, 14);
  }
  paintText(context, label, x, baseline, toneColour(tone, theme), theme.font);
}

function paintPoint(
  context: Context,
  mark: Extract<Mark, { kind: 'point' }>,
  middle: number,
  theme: Theme,
): void {
  const { left: x, shape } = mark;
  const r = pointRadius;
  context.strokeStyle = context.fillStyle = toneColour(mark.tone, theme);
  context.beginPath();
  if (shape === 'circle') context.arc(x, middle, r - 0.5, 0, 2 * Math.PI);
  if (shape === 'check') context.arc(x, middle, r + 1, 0, 2 * Math.PI);
  if (shape === 'diamond') {
    context.moveTo(x - r, middle);
    context.lineTo(x, middle - r);
    context.lineTo(x + r, middle);
    context.lineTo(x, middle + r);
    context.closePath();
  }
  if (shape !== 'cross') {
    context.fill();
    return;
  }
  context.lineWidth = 2;
  context.moveTo(x - r, middle - r);
  context.lineTo(x + r, middle + r);
  context.moveTo(x + r, middle - r);
  context.lineTo(x - r, middle + r);
  context.stroke();
  context.lineWidth = 1;
}

/** Down (or up) to the agent's row, along to where it begins, with an arrow head. */
function paintConnector(
  context: Context,
  { left, right }: Extract<Mark, { kind: 'connector' }>,
  middle: number,
  rowsDown: number,
  theme: Theme,
): void {
  const y = middle + rowsDown;
  const end = Math.max(right, left + 6);
  context.strokeStyle = context.fillStyle = theme.dim;
  context.beginPath();
  context.moveTo(Math.round(left) + 0.5, middle);
  context.lineTo(Math.round(left) + 0.5, y);
  context.lineTo(end, y);
  context.stroke();
  context.beginPath();
  context.moveTo(end, y);
  context.lineTo(end - 5, y - 3);
  context.lineTo(end - 5, y + 3);
  context.fill();
}
