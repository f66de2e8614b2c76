/** Random numbers that a seed repeats. */

export class Random {
  constructor(private state: number) {}

  /** The same for the same text and number. */
  static of(text: string | Uint8Array, seed = 0): Random {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    let hash = 0x811c9dc5 ^ seed;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    return new Random(hash >>> 0);
  }

  /** From 0 (inclusive) to `end` (exclusive); 0 when there is nothing between. */
  below(end: number): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  chance(share: number): boolean {
    return this.below(1_000_000) < share * 1_000_000;
  }

  /** @throws for an empty list. */
  from<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('Nothing to choose from.');
    return list[this.below(list.length)] as T;
  }
}
