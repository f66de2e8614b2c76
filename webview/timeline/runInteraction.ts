/** What wheel, pointer, fingers and keys do on the run timeline. */
import type { Span } from '../state/pageModel.js';
import type { TimeScale } from './axis.js';
import { panned, zoomed } from './viewport.js';

/** The timeline as its gestures see it. */
export interface RunSurface {
  readonly scale: TimeScale;
  readonly view: Span;
  readonly whole: Span;
  /** Where the current token is; what keys zoom around when it is in view. */
  readonly cursorUs: number | null;
}

export interface RunGestures {
  /** Null while there is nothing to show. */
  surface(): RunSurface | null;
  setView(view: Span | null): void;
  /** Whether there are more rows than fit, so that the wheel scrolls them. */
  canScroll(): boolean;
  click(event: PointerEvent): void;
  hover(event: PointerEvent | null): void;
}

/** Closer would be closer than any clock. */
const shortestUs = 1_000;
const keyZoom = 1.5;
const keyPan = 0.1;
const wheelZoom = 0.002;
/** Firefox and some mice count in lines. */
const pixelsPerLine = 16;
/** A pointer that moved less has clicked. */
const clickDistance = 4;

/** Returns whether the key did something. */
export function pressZoomKey(event: KeyboardEvent, gestures: RunGestures): boolean {
  const surface = gestures.surface();
  if (!surface || event.ctrlKey || event.metaKey || event.altKey) return false;
  const { view, whole } = surface;
  const length = view.toUs - view.fromUs;
  switch (event.key) {
    case '+':
    case '=':
      gestures.setView(zoomed(view, whole, 1 / keyZoom, keptPlace(surface), shortestUs));
      return true;
    case '-':
      gestures.setView(zoomed(view, whole, keyZoom, keptPlace(surface), shortestUs));
      return true;
    case '0':
      gestures.setView(null);
      return true;
    case 'ArrowLeft':
      gestures.setView(panned(view, whole, -length * keyPan));
      return true;
    case 'ArrowRight':
      gestures.setView(panned(view, whole, length * keyPan));
      return true;
    default:
      return false;
  }
}

function keptPlace({ view, cursorUs }: RunSurface): number {
  const isInView = cursorUs !== null && cursorUs >= view.fromUs && cursorUs <= view.toUs;
  return isInView ? cursorUs : (view.fromUs + view.toUs) / 2;
}

const perPixel = ({ scale }: RunSurface): number => scale.invert(1) - scale.invert(0);

export function listenToWheel(plot: HTMLElement, gestures: RunGestures): void {
  plot.addEventListener(
    'wheel',
    (event) => {
      const surface = gestures.surface();
      if (!surface) return;
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? pixelsPerLine : 1;
      const zooms = event.ctrlKey || event.metaKey;
      const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
      const isSideways = event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY);
      if (!zooms && !isSideways && gestures.canScroll()) return;
      event.preventDefault();
      if (!zooms && isSideways) {
        gestures.setView(panned(surface.view, surface.whole, sideways * unit * perPixel(surface)));
        return;
      }
      const around = surface.scale.invert(event.clientX - plot.getBoundingClientRect().left);
      const factor = Math.exp(event.deltaY * unit * wheelZoom);
      gestures.setView(zoomed(surface.view, surface.whole, factor, around, shortestUs));
    },
    { passive: false },
  );
}

/** One pointer drags the view along, two fingers zoom; a pointer that stays has clicked. */
export function listenToPointers(plot: HTMLElement, gestures: RunGestures): void {
  const pointers = new Map<number, number>();
  let travelled = 0;
  const xOf = (event: PointerEvent): number => event.clientX - plot.getBoundingClientRect().left;

  plot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    plot.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, xOf(event));
    travelled = 0;
  });
  plot.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined || travelled < clickDistance) gestures.hover(event);
    if (before === undefined) return;
    const x = xOf(event);
    travelled += Math.abs(x - before);
    const surface = gestures.surface();
    if (surface && travelled >= clickDistance) {
      gestures.hover(null);
      gestures.setView(
        pointers.size === 2
          ? pinched(surface, pointers, event.pointerId, x)
          : panned(surface.view, surface.whole, (before - x) * perPixel(surface)),
      );
    }
    pointers.set(event.pointerId, x);
  });
  plot.addEventListener('pointerup', (event) => {
    const isClick = pointers.delete(event.pointerId) && travelled < clickDistance;
    if (isClick) gestures.click(event);
  });
  plot.addEventListener('pointercancel', (event) => {
    pointers.delete(event.pointerId);
    gestures.hover(null);
  });
  plot.addEventListener('pointerleave', () => gestures.hover(null));
}

/** The finger `moved` goes to `x`; the other one stays on what it touches. */
function pinched(
  { scale, view, whole }: RunSurface,
  pointers: ReadonlyMap<number, number>,
  moved: number,
  x: number,
): Span {
  const before = pointers.get(moved) ?? x;
  const other = [...pointers].find(([id]) => id !== moved)?.[1] ?? x;
  const closest = 10;
  const factor =
    Math.max(closest, Math.abs(before - other)) / Math.max(closest, Math.abs(x - other));
  return zoomed(view, whole, factor, scale.invert(other), shortestUs);
}
