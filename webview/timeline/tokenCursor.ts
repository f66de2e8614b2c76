/**
 * Where the token timeline stands: a line at the current token, a veil over what has not come yet, and a
 * line under the pointer. Elements that only move, so that a replay paints no picture anew in its frames.
 */
import { element } from '../shell/elements.js';

/** The mark of the current token stays in front of the veil. */
const markWidth = 2;

export class TokenCursor {
  readonly veil = element('div', { class: 'token-veil' });
  readonly line = element('div', { class: 'token-cursor' });
  readonly pointer = element('div', { class: 'token-pointer' });

  constructor() {
    this.moveTo(null);
    this.point(null);
  }

  /** In CSS pixels; null when the replay is at rest before the first token and nothing is still to come. */
  moveTo(x: number | null): void {
    place(this.line, x);
    place(this.veil, x === null ? null : x + markWidth);
  }

  point(x: number | null): void {
    place(this.pointer, x);
  }
}

function place(moved: HTMLElement, x: number | null): void {
  moved.hidden = x === null;
  if (x !== null) moved.style.transform = `translateX(${Math.round(x)}px)`;
}
