/** What pointer, fingers, wheel and keys do on the token timeline. */
import type { Span } from '../state/pageModel.js';
import { type ZoomSurface, keptPlace, keyZoom, perPixel, pinched, wheelTurn } from './gestures.js';
import { panned, zoomed } from './viewport.js';

/** The timeline as its gestures see it. */
export interface TimelineSurface extends ZoomSurface {
  /** Where the current token is on the axis. */
  readonly place: number | null;
}

export interface TimelineGestures {
  /** Null while there is nothing to show. */
  surface(): TimelineSurface | null;
  setView(view: Span): void;
  moveToX(x: number): void;
  step(tokens: number): void;
  hover(event: PointerEvent | null): void;
}

export function listenToGestures(region: HTMLElement, gestures: TimelineGestures): void {
  region.addEventListener('keydown', (event) => {
    if (pressKey(event, gestures)) event.preventDefault();
  });
  region.addEventListener('wheel', (event) => turnWheel(region, event, gestures), {
    passive: false,
  });
  listenToPointers(region, gestures);
}

function pressKey(event: KeyboardEvent, gestures: TimelineGestures): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const zoomBy = (factor: number) => (): void => {
    const surface = gestures.surface();
    if (surface) zoom(gestures, surface, factor, keptPlace(surface, surface.place));
  };
  const commands: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => gestures.step(-1),
    ArrowRight: () => gestures.step(1),
    Home: () => gestures.step(-Infinity),
    End: () => gestures.step(Infinity),
    '+': zoomBy(1 / keyZoom),
    '=': zoomBy(1 / keyZoom),
    '-': zoomBy(keyZoom),
    '0': () => {
      const surface = gestures.surface();
      if (surface) gestures.setView(surface.whole);
    },
  };
  const command = commands[event.key];
  command?.();
  return command !== undefined;
}

function zoom(
  gestures: TimelineGestures,
  { view, whole, shortest }: TimelineSurface,
  factor: number,
  around: number,
): void {
  gestures.setView(zoomed(view, whole, factor, around, shortest));
}

function turnWheel(region: HTMLElement, event: WheelEvent, gestures: TimelineGestures): void {
  const surface = gestures.surface();
  if (!surface) return;
  const { zooms, isSideways, sideways, zoomFactor } = wheelTurn(event);
  if (!zooms && isSideways) {
    event.preventDefault();
    gestures.setView(panned(surface.view, surface.whole, sideways * perPixel(surface)));
    return;
  }
  // On a page that is higher than its window, the wheel belongs to the page.
  if (!zooms && isPageScrollable(region)) return;
  event.preventDefault();
  const x = event.clientX - region.getBoundingClientRect().left;
  zoom(gestures, surface, zoomFactor, surface.scale.invert(x));
}

function isPageScrollable(region: HTMLElement): boolean {
  const page = region.closest('main');
  return page !== null && page.scrollHeight > page.clientHeight + 1;
}

/** One pointer moves the current token, with Shift or the middle button the view; two fingers zoom. */
function listenToPointers(region: HTMLElement, gestures: TimelineGestures): void {
  const pointers = new Map<number, number>();
  let pans = false;
  const xOf = (event: PointerEvent): number => event.clientX - region.getBoundingClientRect().left;

  region.addEventListener('pointerdown', (event) => {
    if (event.button > 1) return;
    region.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, xOf(event));
    pans = event.shiftKey || event.button === 1;
    if (event.button === 1) event.preventDefault();
    if (pointers.size === 1 && !pans) gestures.moveToX(xOf(event));
  });
  region.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined || pointers.size === 1) gestures.hover(event);
    if (before === undefined) return;
    const x = xOf(event);
    const surface = gestures.surface();
    if (surface && pointers.size === 2) {
      gestures.setView(pinched(surface, pointers, event.pointerId, x));
    } else if (surface && pans) {
      gestures.setView(panned(surface.view, surface.whole, (before - x) * perPixel(surface)));
    } else if (pointers.size === 1) gestures.moveToX(x);
    pointers.set(event.pointerId, x);
  });
  const release = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
    if (event.pointerType === 'touch') gestures.hover(null);
  };
  region.addEventListener('pointerup', release);
  region.addEventListener('pointercancel', release);
  region.addEventListener('pointerleave', () => gestures.hover(null));
}
