/** Keeps the largest items of a long list without keeping the list: at most 100, by their position. */

export interface Sized {
  readonly position: number;
  readonly size: number;
}

export const mostKept = 100;

export class Largest {
  /** How many were offered. */
  count = 0;
  private kept: Sized[] = [];
  private smallestKept = -Infinity;

  offer(position: number, size: number): void {
    this.count++;
    if (size <= this.smallestKept) return;
    this.kept.push({ position, size });
    // Dropped in batches, so that a million offers cost few sorts.
    if (this.kept.length >= 2 * mostKept) this.drop();
  }

  /** Ascending by position; of equal sizes the earlier ones. */
  inOrder(): readonly Sized[] {
    this.drop();
    return this.kept.toSorted((a, b) => a.position - b.position);
  }

  private drop(): void {
    if (this.kept.length <= mostKept) return;
    this.kept.sort((a, b) => b.size - a.size || a.position - b.position);
    this.kept.length = mostKept;
    this.smallestKept = this.kept.at(-1)?.size ?? -Infinity;
  }
}
