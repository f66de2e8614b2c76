/** A few kilobytes of a hostile response can unpack to gigabytes. */

/** Up to here any ratio is fine. */
const freeBytes = 16 * 1024 * 1024;
/** Beyond what streams of text reach: their chunks repeat each other, up to some 50 : 1. */
const highestRatio = 200;

export class ExpansionLimit {
  private packed = 0;
  private unpacked = 0;

  addPacked(bytes: number): void {
    this.packed += bytes;
  }

  /** False when it has become too much. */
  addUnpacked(bytes: number): boolean {
    this.unpacked += bytes;
    return this.unpacked <= freeBytes || this.unpacked <= this.packed * highestRatio;
  }
}

export const expansionNotice =
  'The compressed response unpacks to far more than it should: the rest of it was not read.';
