/** One tooltip for what is painted and therefore has no element of its own. */
import { element } from './elements.js';
import { readableText } from './visibleText.js';

const distance = 12;

export class Tooltip {
  // Hidden from assistive technologies: what it says, rows and tables say in full.
  private readonly box = element('div', { class: 'tooltip', 'aria-hidden': 'true' });

  constructor() {
    this.box.hidden = true;
    document.body.append(this.box);
  }

  /** Shows `text` beside a point of the window, where it fits. */
  show(text: string, at: { readonly clientX: number; readonly clientY: number }): void {
    const shown = readableText(text);
    if (this.box.textContent !== shown) this.box.textContent = shown;
    this.box.hidden = false;
    const { offsetWidth, offsetHeight } = this.box;
    const left = Math.min(at.clientX + distance, window.innerWidth - offsetWidth - 4);
    const below = at.clientY + distance;
    const fitsBelow = below + offsetHeight < window.innerHeight;
    const top = fitsBelow ? below : at.clientY - distance - offsetHeight;
    this.box.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  hide(): void {
    this.box.hidden = true;
  }
}
