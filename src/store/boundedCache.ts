/** Keeps what was used last, as long as it fits; the very last one in any case. */
export class BoundedCache<K, V> {
  private readonly entries = new Map<K, { readonly value: V; readonly cost: number }>();
  private total = 0;

  /** `limit` and the costs are in any unit, say bytes. */
  constructor(
    private readonly limit: number,
    private readonly costOf: (value: V) => number,
  ) {}

  /** The kept value, else a made one. */
  get(key: K, make: () => V): V {
    const known = this.entries.get(key);
    if (known) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known.value;
    }
    const value = make();
    const cost = this.costOf(value);
    this.entries.set(key, { value, cost });
    this.total += cost;
    this.dropOldest();
    return value;
  }

  /** What is kept, without making it. */
  peek(key: K): V | undefined {
    return this.entries.get(key)?.value;
  }

  /** Keeps another value in the place of a kept one, or none. */
  replace(key: K, value: V | undefined): void {
    const known = this.entries.get(key);
    if (!known) return;
    const cost = value === undefined ? 0 : this.costOf(value);
    this.total += cost - known.cost;
    if (value === undefined) this.entries.delete(key);
    else this.entries.set(key, { value, cost });
    this.dropOldest();
  }

  clear(): void {
    this.entries.clear();
    this.total = 0;
  }

  private dropOldest(): void {
    for (const [key, { cost }] of this.entries) {
      if (this.total <= this.limit || this.entries.size === 1) return;
      this.entries.delete(key);
      this.total -= cost;
    }
  }
}
