/** Zooming and panning of a visible span within the whole, as pure arithmetic. */
import { microseconds } from '../../src/model/units.js';
import type { Span } from '../state/pageModel.js';

const lengthOf = ({ fromUs, toUs }: Span): number => toUs - fromUs;

const span = (from: number, to: number): Span => ({
  fromUs: microseconds(from),
  toUs: microseconds(to),
});

/** Moved so that it lies within `whole`; `whole` itself when it is not shorter. */
export function within(view: Span, whole: Span): Span {
  const length = lengthOf(view);
  if (length >= lengthOf(whole)) return whole;
  const from = Math.max(whole.fromUs, Math.min(view.fromUs, whole.toUs - length));
  return span(from, from + length);
}

/** `factor` < 1 shows less, in more detail; what is at `around` stays where it is on the screen. */
export function zoomed(
  view: Span,
  whole: Span,
  factor: number,
  around: number,
  shortest: number,
): Span {
  const length = Math.max(Math.min(shortest, lengthOf(whole)), lengthOf(view) * factor);
  const share = (around - view.fromUs) / Math.max(lengthOf(view), Number.MIN_VALUE);
  const from = around - share * length;
  return within(span(from, from + length), whole);
}

export const panned = (view: Span, whole: Span, by: number): Span =>
  within(span(view.fromUs + by, view.toUs + by), whole);

/** `view` itself when it shows `place`; else the span of the same length that has most of what comes next. */
export function showing(view: Span, whole: Span, place: number): Span {
  const margin = lengthOf(view) / 10;
  if (place > view.toUs) return panned(view, whole, place - margin - view.fromUs);
  if (place < view.fromUs) return panned(view, whole, place + margin - view.toUs);
  return view;
}

export const isSame = (a: Span, b: Span): boolean => a.fromUs === b.fromUs && a.toUs === b.toUs;
