/** What wheel, pointer, fingers and keys do on the run timeline. */
import type { Span } from '../state/pageModel.js';
import { type ZoomSurface, keptPlace, keyZoom, perPixel, pinched, wheelTurn } from './gestures.js';
import { panned, zoomed } from './viewport.js';

/** The timeline as its gestures see it. */
export interface RunSurface extends ZoomSurface {
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

/** Each arrow key press moves by this share of what is seen. */
const keyPan = 0.1;
/** A pointer that moved less has clicked. */
const clickDistance = 4;

/** Returns whether the key did something. */
export function pressZoomKey(event: KeyboardEvent, gestures: RunGestures): boolean {
  const surface = gestures.surface();
  if (!surface || event.ctrlKey || event.metaKey || event.altKey) return false;
  const { view, whole, shortest, cursorUs } = surface;
  const length = view.toUs - view.fromUs;
  switch (event.key) {
    case '+':
    case '=':
      gestures.setView(zoomed(view, whole, 1 / keyZoom, keptPlace(surface, cursorUs), shortest));
      return true;
    case '-':
      gestures.setView(zoomed(view, whole, keyZoom, keptPlace(surface, cursorUs), shortest));
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

export function listenToWheel(plot: HTMLElement, gestures: RunGestures): void {
  plot.addEventListener(
    'wheel',
    (event) => {
      const surface = gestures.surface();
      if (!surface) return;
      const { zooms, isSideways, sideways, zoomFactor } = wheelTurn(event);
      if (!zooms && !isSideways && gestures.canScroll()) return;
      event.preventDefault();
      const { scale, view, whole, shortest } = surface;
      if (!zooms && isSideways) {
        gestures.setView(panned(view, whole, sideways * perPixel(surface)));
        return;
      }
      const around = scale.invert(event.clientX - plot.getBoundingClientRect().left);
      gestures.setView(zoomed(view, whole, zoomFactor, around, shortest));
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
