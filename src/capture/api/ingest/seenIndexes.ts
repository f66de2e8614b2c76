/** Which tokens of a call have come, whatever their order: a bit for each, in blocks. */
const bitsInBlock = 1_024;

export class SeenIndexes {
  private readonly blocks = new Map<number, Uint8Array>();

  /** False when the index was there before. */
  add(index: number): boolean {
    const number = Math.floor(index / bitsInBlock);
    let block = this.blocks.get(number);
    if (!block) this.blocks.set(number, (block = new Uint8Array(bitsInBlock / 8)));
    const byte = Math.floor((index % bitsInBlock) / 8);
    const bit = 1 << (index % 8);
    const before = block[byte] ?? 0;
    block[byte] = before | bit;
    return (before & bit) === 0;
  }
}
