/** A body as far as it is kept: whole, unless it is too large for a trace. */

const mostBytes = 16 * 1_024 * 1_024;

export class KeptBody {
  private pieces: Uint8Array[] = [];
  private keptBytes = 0;
  isCut = false;

  add(bytes: Uint8Array): void {
    const room = mostBytes - this.keptBytes;
    if (bytes.length > room) this.isCut = true;
    if (room === 0) return;
    const piece = bytes.subarray(0, room);
    this.pieces.push(piece);
    this.keptBytes += piece.length;
  }

  /** It is not needed after all. */
  drop(): void {
    this.pieces = [];
    this.keptBytes = 0;
    this.isCut = false;
  }

  /** Broken UTF-8 becomes U+FFFD. */
  text(): string {
    return Buffer.concat(this.pieces).toString('utf8');
  }
}
