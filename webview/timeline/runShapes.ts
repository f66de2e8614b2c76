/** What the marks of the run timeline are painted with. */
import type { Theme } from '../shell/theme.js';
import type { Tone } from './runLayout.js';

type Context = CanvasRenderingContext2D;

/** In CSS pixels, of calls and stages. */
export const barHeight = 14;

export function toneColour(tone: Tone, theme: Theme): string {
  switch (tone) {
    case 'tool':
      return theme.toolArguments;
    case 'memory':
      return theme.memory;
    case 'error':
      return theme.error;
    case 'warning':
      return theme.warning;
    case 'success':
      return theme.success;
    case 'neutral':
      return theme.dim;
  }
}

export function paintLine(
  context: Context,
  left: number,
  right: number,
  y: number,
  colour: string,
  width: number,
  dashes: number[],
): void {
  if (right <= left) return;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.beginPath();
  context.moveTo(left, y);
  context.lineTo(right, y);
  context.stroke();
  context.setLineDash([]);
  context.lineWidth = 1;
}

/** In the middle of what can be seen of the stall or wait, if there is room. */
export function paintLabel(
  context: Context,
  mark: { readonly left: number; readonly right: number; readonly label: string },
  baseline: number,
  width: number,
  colour: string,
  theme: Theme,
): void {
  context.font = theme.smallFont;
  const left = Math.max(0, mark.left);
  const room = Math.min(width, mark.right) - left;
  const needed = context.measureText(mark.label).width;
  if (room < needed + 8) return;
  paintText(context, mark.label, left + (room - needed) / 2, baseline, colour, theme.smallFont);
}

export function paintText(
  context: Context,
  text: string,
  x: number,
  baseline: number,
  colour: string,
  font: string,
): void {
  context.font = font;
  context.fillStyle = colour;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.fillText(text, x, baseline);
}

/** Cut to the view first: a browser's canvas does not draw what is millions of pixels wide. */
export function fillRounded(
  context: Context,
  mark: { readonly left: number; readonly right: number },
  top: number,
  height: number,
  width: number,
): void {
  const left = Math.max(mark.left, -8);
  const right = Math.min(mark.right, width + 8);
  context.beginPath();
  context.roundRect(left, top, right - left, height, 2);
  context.fill();
}
