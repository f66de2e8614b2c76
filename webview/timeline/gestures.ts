/** What the gestures of both timelines have in common. */
import type { Span } from '../state/pageModel.js';
import type { TimeScale } from './axis.js';
import { zoomed } from './viewport.js';

/** Each key press shows so many times more or less. */
export const keyZoom = 1.5;
const zoomOfWheelPixel = 0.002;
/** Firefox and some mice count in lines. */
const pixelsPerLine = 16;
/** Two fingers that touch would otherwise zoom by any factor. */
const closestFingers = 10;

/** What a timeline shows and could show. */
export interface ZoomSurface {
  readonly scale: TimeScale;
  readonly view: Span;
  readonly whole: Span;
  /** The shortest span that may be shown. */
  readonly shortest: number;
}

export interface WheelTurn {
  /** Ctrl or ⌘ is held, as it also is when fingers pinch a touchpad. */
  readonly zooms: boolean;
  readonly isSideways: boolean;
  /** In pixels. */
  readonly sideways: number;
  /** The span becomes so many times as long. */
  readonly zoomFactor: number;
}

export function wheelTurn(event: WheelEvent): WheelTurn {
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? pixelsPerLine : 1;
  const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
  return {
    zooms: event.ctrlKey || event.metaKey,
    isSideways: event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY),
    sideways: sideways * unit,
    zoomFactor: Math.exp(event.deltaY * unit * zoomOfWheelPixel),
  };
}

export const perPixel = ({ scale }: Pick<ZoomSurface, 'scale'>): number =>
  scale.invert(1) - scale.invert(0);

/** `place` if it is in view, else the middle: what keys zoom around. */
export function keptPlace({ view }: ZoomSurface, place: number | null): number {
  const isInView = place !== null && place >= view.fromUs && place <= view.toUs;
  return isInView ? place : (view.fromUs + view.toUs) / 2;
}

/** The finger `moved` goes to `x`; the other one stays on what it touches. */
export function pinched(
  { scale, view, whole, shortest }: ZoomSurface,
  pointers: ReadonlyMap<number, number>,
  moved: number,
  x: number,
): Span {
  const before = pointers.get(moved) ?? x;
  const other = [...pointers].find(([id]) => id !== moved)?.[1] ?? x;
  const factor =
    Math.max(closestFingers, Math.abs(before - other)) /
    Math.max(closestFingers, Math.abs(x - other));
  return zoomed(view, whole, factor, scale.invert(other), shortest);
}
