/**
 * Paints the token timeline: rate above, marks in two lanes below, waits and buffers with their lengths. On
 * two canvases, so that the veil over what has not come yet lies between the marks and what is written.
 */
import { formatRate } from '../../src/model/formatting.js';
import { kindCount } from '../../src/model/levelOfDetail.js';
import { TokenKind } from '../../src/model/tokens.js';
import type { Theme } from '../shell/theme.js';
import { paintAxis } from './axis.js';
import type { Bracket, SceneGap, TokenScene } from './tokenScene.js';

/** Below the words on it. */
const curve = { top: 16, base: 56 };
const burstLabelY = 62;
const lanes = { reasoning: 66, text: 84, height: 14 };
const plotBottom = 112;
const axisLabelY = 126;

/** Axis, rate and marks. */
export function paintMarks(
  context: CanvasRenderingContext2D,
  scene: TokenScene,
  theme: Theme,
): void {
  const axis = { top: 0, bottom: plotBottom, right: scene.width, labelY: axisLabelY };
  paintAxis(context, scene.ticks, axis, theme);
  if (scene.rates) paintRates(context, scene, scene.rates, theme);
  paintTokens(context, scene, theme);
}

/** What is said of the marks. */
export function paintNotes(
  context: CanvasRenderingContext2D,
  scene: TokenScene,
  theme: Theme,
): void {
  for (const part of scene.leftOut) paintLeftOut(context, part, scene.width, theme);
  for (const gap of scene.gaps) paintGap(context, gap, scene.width, theme);
  if (scene.ttft) paintBracket(context, scene.ttft, theme);
  paintBursts(context, scene, theme);
}

function paintRates(
  context: CanvasRenderingContext2D,
  { left, highestRate }: TokenScene,
  rates: Float32Array,
  theme: Theme,
): void {
  const height = curve.base - curve.top;
  const y = (rate: number): number =>
    curve.base - (highestRate > 0 ? (Math.max(0, rate) / highestRate) * height : 0);
  const end = left + rates.length - 1;
  context.beginPath();
  rates.forEach((rate, bin) => context.lineTo(left + bin, y(rate)));
  context.strokeStyle = theme.rateLine;
  context.lineWidth = 1.2;
  context.stroke();
  context.lineTo(end, curve.base);
  context.lineTo(left, curve.base);
  context.fillStyle = theme.rateArea;
  context.fill();
  context.fillStyle = theme.dim;
  context.font = theme.smallFont;
  context.textAlign = 'left';
  const label = highestRate > 0 ? `up to ${formatRate(highestRate)}` : 'tok/s';
  context.fillText(label, left + 3, 11);
}

interface MarkStyle {
  readonly colour: (theme: Theme) => string;
  /** Upper edge and height of each part: kinds differ by shape and lane, not by colour alone. */
  readonly parts: readonly (readonly [y: number, height: number])[];
}

const textLane: readonly [number, number] = [lanes.text, lanes.height];
const styles: Readonly<Record<number, MarkStyle>> = {
  [TokenKind.text]: { colour: (theme) => theme.text, parts: [textLane] },
  [TokenKind.reasoning]: {
    colour: (theme) => theme.reasoning,
    parts: [[lanes.reasoning, lanes.height]],
  },
  [TokenKind.refusal]: {
    colour: (theme) => theme.refusal,
    parts: [
      [lanes.text - 4, 9],
      [lanes.text + 9, 9],
    ],
  },
  [TokenKind.toolArguments]: {
    colour: (theme) => theme.toolArguments,
    parts: [
      [lanes.text, 5],
      [lanes.text + 9, 5],
    ],
  },
  [TokenKind.toolName]: {
    colour: (theme) => theme.toolArguments,
    parts: [[lanes.text - 4, lanes.height + 4]],
  },
  [TokenKind.audioTranscript]: { colour: (theme) => theme.text, parts: [[lanes.text + 7, 7]] },
  [TokenKind.other]: { colour: (theme) => theme.dim, parts: [[lanes.text + 5, 4]] },
};

function paintTokens(
  context: CanvasRenderingContext2D,
  { bins, left }: TokenScene,
  theme: Theme,
): void {
  const binCount = bins.edges.length - 1;
  const inView = (bins.edges[binCount] ?? 0) - (bins.edges[0] ?? 0);
  const width = inView * 4 < binCount ? 2 : 1.4;
  for (let kind = 0; kind < kindCount; kind++) {
    const style = styles[kind];
    if (!style) continue;
    context.fillStyle = style.colour(theme);
    for (let bin = 0; bin < binCount; bin++) {
      if (bins.counts[bin * kindCount + kind] === 0) continue;
      for (const [y, height] of style.parts) context.fillRect(left + bin, y, width, height);
    }
  }
}

function paintGap(
  context: CanvasRenderingContext2D,
  gap: SceneGap,
  width: number,
  theme: Theme,
): void {
  const colour = gap.isStall ? theme.warning : theme.dim;
  const middle = lanes.text + lanes.height / 2;
  if (gap.isStall) {
    context.globalAlpha = 0.14;
    context.fillStyle = colour;
    context.fillRect(gap.from, lanes.reasoning - 4, gap.to - gap.from, 44);
    context.globalAlpha = 1;
  }
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  strokeBetween(context, gap.from + 3, gap.to - 3, middle);
  context.setLineDash([]);
  paintLabel(context, gap, { y: middle - 6, width }, colour, theme);
}

/** Dots where marks would stand, and how many below them: the waits among them have their own lengths. */
function paintLeftOut(
  context: CanvasRenderingContext2D,
  part: Bracket,
  width: number,
  theme: Theme,
): void {
  context.strokeStyle = theme.dim;
  context.lineWidth = 2;
  context.setLineDash([2, 6]);
  strokeBetween(context, part.from + 6, part.to - 4, lanes.text + lanes.height / 2);
  context.setLineDash([]);
  paintLabel(context, part, { y: plotBottom - 4, width }, theme.dim, theme);
}

function paintBracket(context: CanvasRenderingContext2D, bracket: Bracket, theme: Theme): void {
  const middle = lanes.text + lanes.height / 2;
  context.fillStyle = theme.dim;
  context.fillRect(bracket.from, middle, bracket.to - bracket.from, 1);
  context.fillRect(bracket.from, middle - 5, 1, 11);
  context.fillRect(bracket.to - 1, middle - 5, 1, 11);
  context.font = theme.smallFont;
  context.textAlign = 'left';
  context.fillText(bracket.label, Math.max(bracket.from, 0) + 4, plotBottom - 4);
}

/** In the middle of what can be seen of it, if it fits. */
function paintLabel(
  context: CanvasRenderingContext2D,
  { from, to, label }: Bracket,
  { y, width }: { readonly y: number; readonly width: number },
  colour: string,
  theme: Theme,
): void {
  const [start, end] = [Math.max(from, 0), Math.min(to, width)];
  context.font = theme.smallFont;
  if (context.measureText(label).width + 4 > end - start) return;
  context.fillStyle = colour;
  context.textAlign = 'center';
  context.fillText(label, (start + end) / 2, y);
  context.textAlign = 'left';
}

/** Left of the burst, or right of it where there is no room; a label that would cover another is left out. */
function paintBursts(
  context: CanvasRenderingContext2D,
  { bursts, width: whole }: TokenScene,
  theme: Theme,
): void {
  context.font = theme.smallFont;
  let end = 0;
  for (const { x, label } of bursts) {
    const before = `${label} ▸`;
    const width = context.measureText(before).width;
    const start = x - 3 - width >= end ? x - 3 - width : x + 3;
    const isRight = start > x;
    if (start < end || start + width > whole) continue;
    context.fillStyle = theme.background;
    context.fillRect(start - 2, burstLabelY - 10, width + 4, 13);
    context.fillStyle = theme.warning;
    context.fillText(isRight ? `◂ ${label}` : before, start, burstLabelY);
    end = start + width + 8;
  }
}

function strokeBetween(
  context: CanvasRenderingContext2D,
  from: number,
  to: number,
  y: number,
): void {
  if (to <= from) return;
  context.beginPath();
  context.moveTo(from, y);
  context.lineTo(to, y);
  context.stroke();
}
