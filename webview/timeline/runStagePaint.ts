/** Paints stages: their bars with phases and progress, the band of a closed lane, and what leads to the next stage. */
import type { Theme } from '../shell/theme.js';
import type { Mark, StageStatus } from './runLayout.js';
import { rateShare } from './runRates.js';
import { barHeight, paintLine, paintText, toneColour } from './runShapes.js';

type Context = CanvasRenderingContext2D;
type MarkOf<Kind extends Mark['kind']> = Extract<Mark, { kind: Kind }>;

const bandHeight = 8;
const progressHeight = 2;
/** Text stands over it: it must stay far from the text's colour. */
const barOpacity = 0.22;
const everyOtherPhaseOpacity = 0.2;
const textMargin = 5;

/** What can be seen of a mark: a canvas does not draw what is millions of pixels wide. */
function seen(mark: { readonly left: number; readonly right: number }, width: number): Seen {
  const left = Math.round(Math.max(mark.left, -8));
  return { left, right: Math.max(left + 1, Math.round(Math.min(mark.right, width + 8))) };
}

interface Seen {
  readonly left: number;
  readonly right: number;
}

export function paintStage(
  context: Context,
  mark: MarkOf<'stage'>,
  top: number,
  width: number,
  theme: Theme,
): void {
  const { left, right } = seen(mark, width);
  const colour = mark.tone === 'neutral' ? theme.lane : toneColour(mark.tone, theme);
  context.fillStyle = colour;
  context.globalAlpha = barOpacity;
  context.fillRect(left, top, right - left, barHeight);
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.strokeRect(left + 0.5, top + 0.5, right - left - 1, barHeight - 1);
  if (mark.progress !== null) paintProgress(context, mark, mark.progress, top, width, theme);
  paintInside(context, '', mark.status, { left, right }, top, width, theme);
}

/** Of the whole bar, also when only a part of it can be seen. */
function paintProgress(
  context: Context,
  { left, right }: Seen,
  progress: number,
  top: number,
  width: number,
  theme: Theme,
): void {
  const done = left + (right - left) * Math.min(1, Math.max(0, progress));
  if (done <= left) return;
  const bar = seen({ left, right: done }, width);
  context.fillStyle = theme.focus;
  context.fillRect(
    bar.left,
    top + barHeight - progressHeight,
    bar.right - bar.left,
    progressHeight,
  );
}

export function paintPhase(
  context: Context,
  mark: MarkOf<'phase'>,
  top: number,
  width: number,
  theme: Theme,
): void {
  const { left, right } = seen(mark, width);
  context.fillStyle = theme.lane;
  if (mark.place % 2 === 1) {
    context.globalAlpha = everyOtherPhaseOpacity;
    context.fillRect(left, top + 1, right - left, barHeight - 2);
    context.globalAlpha = 1;
  }
  if (mark.place > 0) context.fillRect(left, top, 1, barHeight);
  paintInside(context, mark.label, mark.status, { left, right }, top, width, theme);
}

/** The name at the left and the status at the right, each if there is room for it. */
function paintInside(
  context: Context,
  name: string,
  status: StageStatus | null,
  bar: Seen,
  top: number,
  width: number,
  theme: Theme,
): void {
  context.font = theme.smallFont;
  const baseline = top + barHeight - 4;
  let left = Math.max(0, bar.left) + textMargin;
  const right = Math.min(width, bar.right) - textMargin;
  const nameWidth = context.measureText(name).width;
  if (name !== '' && nameWidth <= right - left) {
    paintText(context, name, left, baseline, theme.foreground, theme.smallFont);
    left += nameWidth + 2 * textMargin;
  }
  for (const words of status ? [status.long, status.brief] : []) {
    const needed = context.measureText(words).width;
    if (words === '' || needed > right - left) continue;
    paintText(context, words, right - needed, baseline, theme.foreground, theme.smallFont);
    return;
  }
}

export function paintBand(
  context: Context,
  mark: MarkOf<'band'>,
  middle: number,
  width: number,
  strongestRate: number,
  theme: Theme,
): void {
  const { left, right } = seen(mark, width);
  if (mark.rate === null) {
    paintLine(context, left, right, middle, theme.dim, 1, [1, 2]);
    return;
  }
  const colour = Math.round(rateShare(mark.rate, strongestRate) * (theme.rates.length - 1));
  context.fillStyle = theme.rates[colour] ?? theme.rateLine;
  context.fillRect(left, middle - bandHeight / 2, right - left, bandHeight);
}

/** Along to where the next stage begins, and down (or up) to its bar, with an arrow head. */
export function paintTransition(
  context: Context,
  { left, right }: MarkOf<'transition'>,
  middle: number,
  rowsDown: number,
  theme: Theme,
): void {
  const [from, to] = [Math.round(left) + 0.5, Math.round(right) + 0.5];
  const down = Math.sign(rowsDown);
  const end = middle + rowsDown - (down * barHeight) / 2;
  context.strokeStyle = context.fillStyle = theme.lane;
  context.beginPath();
  context.moveTo(from, middle);
  context.lineTo(to, middle);
  context.lineTo(to, end);
  context.stroke();
  context.beginPath();
  context.moveTo(to, end);
  context.lineTo(to - 3, end - down * 5);
  context.lineTo(to + 3, end - down * 5);
  context.fill();
}
