/** The label column: a button for every row. Beyond 200 rows only those in sight exist. */
import { element } from '../shell/elements.js';
import { type RowListener, RunLabel } from './runLabel.js';
import { rowHeight } from './runLayout.js';
import type { RunRow } from './runRows.js';
import type { StepKey } from '../../src/model/trace.js';

const mostWithoutWindow = 200;
const rowsBeyondSight = 10;

export class RunLabels {
  readonly root = element('ul', { class: 'run-labels', 'aria-label': 'Calls and steps' });
  private readonly made = new Map<StepKey, RunLabel>();
  private rows: readonly RunRow[] = [];
  private selected = -1;
  private selectedKey: StepKey | null = null;
  /** The row that Tab goes to: the one that had the focus last, else the selected one. */
  private current = 0;

  constructor(private readonly listener: RowListener) {}

  setRows(rows: readonly RunRow[], selected: number): void {
    const selectedKey = rows[selected]?.step.key ?? null;
    const currentKey = this.rows[this.current]?.step.key;
    if (selectedKey !== this.selectedKey) this.current = Math.max(0, selected);
    // Rows above it may have come or gone.
    else if (currentKey !== rows[this.current]?.step.key)
      this.current = this.placeOf(currentKey, rows);
    this.selectedKey = selectedKey;
    this.rows = rows;
    this.selected = selected;
    this.current = Math.min(this.current, Math.max(0, rows.length - 1));
    const height = `${rows.length * rowHeight}px`;
    if (this.root.style.height !== height) this.root.style.height = height;
    this.root.classList.toggle(
      'has-lanes',
      rows.some(({ isOpen }) => isOpen !== null),
    );
  }

  private placeOf(key: StepKey | undefined, rows: readonly RunRow[]): number {
    const place = rows.findIndex(({ step }) => step.key === key);
    return place < 0 ? this.current : place;
  }

  /** Makes the rows between two heights of the list, and forgets the others. */
  draw(top: number, bottom: number): void {
    const [first, end] = this.windowOf(top, bottom);
    const kept = new Set<StepKey>();
    const draw = (index: number): void => {
      const row = this.rows[index];
      if (!row || kept.has(row.step.key)) return;
      kept.add(row.step.key);
      this.place(row, index);
    };
    for (let index = first; index < end; index++) draw(index);
    // The focus must not get lost when its row is scrolled away.
    draw(this.current);
    for (const [key, { item }] of this.made) {
      if (kept.has(key)) continue;
      item.remove();
      this.made.delete(key);
    }
  }

  /** Gives the focus to a row; it must be in sight to exist. */
  focus(index: number): void {
    const row = this.rows[index];
    if (!row) return;
    this.current = index;
    this.place(row, index);
    this.made.get(row.step.key)?.button.focus({ preventScroll: true });
    for (const [key, label] of this.made) label.isTabStop = key === row.step.key;
  }

  /** The row that has the focus; −1 when none has. */
  focused(): number {
    const item = document.activeElement?.closest<HTMLElement>('.run-labels > li');
    return item ? Number(item.dataset['row']) : -1;
  }

  private windowOf(top: number, bottom: number): [number, number] {
    if (this.rows.length <= mostWithoutWindow) return [0, this.rows.length];
    return [
      Math.max(0, Math.floor(top / rowHeight) - rowsBeyondSight),
      Math.min(this.rows.length, Math.ceil(bottom / rowHeight) + rowsBeyondSight),
    ];
  }

  private place(row: RunRow, index: number): void {
    const { key } = row.step;
    let label = this.made.get(key);
    if (label) label.write(row);
    else this.made.set(key, (label = new RunLabel(row, this.listener)));
    const { item } = label;
    label.place(index, this.rows.length, this.current, this.selected);
    if (!item.isConnected) this.insert(item, index);
  }

  /** In the order of the rows, so that screen readers meet them in it. */
  private insert(item: HTMLLIElement, index: number): void {
    const after = [...this.root.children].find(
      (other) => other instanceof HTMLElement && Number(other.dataset['row']) > index,
    );
    this.root.insertBefore(item, after ?? null);
  }
}
