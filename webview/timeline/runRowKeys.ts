/** Which row a key leads to, as in the trees of VS Code. */
import type { RunRow } from './runRows.js';

export type RowKeyEffect =
  | { readonly kind: 'go'; readonly row: number }
  /** Closes the lane of the row, or opens it. */
  | { readonly kind: 'toggle'; readonly row: number };

/**
 * Null for a key that means nothing to rows.
 * @param page how many rows a page key goes by
 * @param canPan whether ← and → of a row that is no lane move the view
 */
export function rowKeyEffect(
  key: string,
  rows: readonly RunRow[],
  focused: number,
  page: number,
  canPan: boolean,
): RowKeyEffect | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: -page,
    PageDown: page,
    Home: -Infinity,
    End: Infinity,
  };
  const by = steps[key];
  if (by !== undefined) {
    return { kind: 'go', row: Math.max(0, Math.min(focused + by, rows.length - 1)) };
  }
  if (key === 'ArrowLeft') return left(rows, focused, canPan);
  return key === 'ArrowRight' ? right(rows, focused) : null;
}

function left(rows: readonly RunRow[], focused: number, canPan: boolean): RowKeyEffect | null {
  const row = rows[focused];
  if (!row) return null;
  if (row.isOpen === true) return { kind: 'toggle', row: focused };
  if (row.isOpen === null && canPan) return null;
  const parent = rows.findIndex(({ step }) => step.key === row.step.parentKey);
  return parent < 0 ? null : { kind: 'go', row: parent };
}

function right(rows: readonly RunRow[], focused: number): RowKeyEffect | null {
  const isOpen = rows[focused]?.isOpen ?? null;
  if (isOpen === null) return null;
  return isOpen ? { kind: 'go', row: focused + 1 } : { kind: 'toggle', row: focused };
}
