/**
 * A list of rows of equal height of which only those near the screen exist. Rows are reused in the order
 * in which they stand, so that the page's order is the order of reading.
 */
import { element } from '../shell/elements.js';

export const rowHeight = 22;
/** However high the list is, no more rows than this exist. */
export const mostRows = 60;
const beyondScreen = 4;

export interface RowElement {
  readonly root: HTMLElement;
}

export interface RowSource<Row extends RowElement> {
  make(): Row;
  /** Writes row number `index`, from 0. */
  fill(row: Row, index: number): void;
}

export class RowList<Row extends RowElement> {
  readonly root: HTMLElement;
  private readonly spacer = element('div', { class: 'row-spacer', role: 'presentation' });
  private readonly window = element('div', { class: 'row-window', role: 'presentation' });
  private readonly rows: Row[] = [];
  private length = 0;
  /** Number of the first row that exists. */
  private first = 0;
  /** Kept, because to ask for them after a change lays the page out anew. */
  private height = 0;
  private top = 0;

  constructor(private readonly source: RowSource<Row>) {
    this.spacer.append(this.window);
    this.root = element('div', { class: 'row-list', role: 'rowgroup' }, this.spacer);
    this.root.addEventListener('scroll', () => this.followScroll(), { passive: true });
    new ResizeObserver(() => {
      this.height = this.root.clientHeight;
      this.top = this.root.scrollTop;
      this.refresh();
    }).observe(this.root);
  }

  /** How many whole rows fit. */
  get fitting(): number {
    return Math.max(1, Math.floor(this.height / rowHeight));
  }

  toTop(): void {
    this.scrollTo(0);
  }

  setLength(length: number): void {
    this.length = length;
    this.spacer.style.height = `${length * rowHeight}px`;
    // The browser scrolls up when the list has become shorter.
    this.top = Math.min(this.top, this.lowestTop());
    this.refresh();
  }

  /** Writes every row again that exists. */
  refresh(): void {
    const wanted = Math.min(this.length, this.wantedRows());
    while (this.rows.length > wanted) this.rows.pop()?.root.remove();
    while (this.rows.length < wanted) {
      const row = this.source.make();
      this.rows.push(row);
      this.window.append(row.root);
    }
    this.place(this.wantedFirst());
    this.rows.forEach((row, at) => this.source.fill(row, this.first + at));
  }

  /** The rows that exist. */
  get existing(): readonly Row[] {
    return this.rows;
  }

  /** Scrolls no further than needed for the next row, and a far one into the middle. */
  reveal(index: number): void {
    const { top: scrollTop, height } = this;
    const top = index * rowHeight;
    const bottom = top + rowHeight;
    const beyond = Math.max(scrollTop - top, bottom - (scrollTop + height));
    if (beyond > 2 * rowHeight) this.scrollTo(top - height / 2);
    else if (top < scrollTop) this.scrollTo(top);
    else if (beyond > 0) this.scrollTo(bottom - height);
    this.scrolled();
  }

  private scrollTo(top: number): void {
    this.top = Math.max(0, Math.min(top, this.lowestTop()));
    // Also when that is known: the user may have scrolled since.
    this.root.scrollTop = this.top;
  }

  private lowestTop(): number {
    return Math.max(0, this.length * rowHeight - this.height);
  }

  private followScroll(): void {
    this.top = this.root.scrollTop;
    this.scrolled();
  }

  private wantedRows(): number {
    const onScreen = Math.ceil(this.height / rowHeight) + 1;
    return this.height === 0 ? 0 : Math.min(mostRows, onScreen + 2 * beyondScreen);
  }

  private wantedFirst(): number {
    const first = Math.floor(this.top / rowHeight) - beyondScreen;
    return Math.max(0, Math.min(first, this.length - this.rows.length));
  }

  private scrolled(): void {
    const wanted = this.wantedFirst();
    const moved = wanted - this.first;
    if (moved === 0) return;
    if (Math.abs(moved) >= this.rows.length) {
      this.place(wanted);
      this.rows.forEach((row, at) => this.source.fill(row, wanted + at));
    } else if (moved > 0) {
      for (let count = 0; count < moved; count++) this.turn(this.rows.shift(), 'last');
      this.place(wanted);
    } else {
      for (let count = 0; count < -moved; count++) this.turn(this.rows.pop(), 'first');
      this.place(wanted);
    }
  }

  /** Moves a row that left the screen at one end to the other end. */
  private turn(row: Row | undefined, to: 'first' | 'last'): void {
    if (!row) return;
    if (to === 'last') {
      this.source.fill(row, this.first + this.rows.length + 1);
      this.rows.push(row);
      this.window.append(row.root);
      this.first++;
    } else {
      this.source.fill(row, this.first - 1);
      this.rows.unshift(row);
      this.window.prepend(row.root);
      this.first--;
    }
  }

  private place(first: number): void {
    this.first = first;
    this.window.style.transform = `translateY(${first * rowHeight}px)`;
  }
}
