/** A request's body as far as it has come: for the recorder, and to send it once more. */

/** What all bodies together may still keep. */
export interface BodyRoom {
  bytes: number;
}

export class BodyCopy {
  private chunks: Buffer[] = [];
  private keptBytes = 0;
  private isReleased = false;

  /** Of everything that came, kept or not. */
  bytes = 0;
  /** The agent has sent all of it. */
  isWhole = false;

  constructor(
    private readonly maxBytes: number,
    private readonly room: BodyRoom,
  ) {}

  add(chunk: Buffer): void {
    // What came after something that is missing would not fit to what is kept.
    const most = this.isCut || this.isReleased ? 0 : this.maxBytes - this.keptBytes;
    const kept = chunk.subarray(0, Math.min(most, this.room.bytes));
    this.bytes += chunk.length;
    if (kept.length === 0) return;
    this.keptBytes += kept.length;
    this.room.bytes -= kept.length;
    this.chunks.push(kept);
  }

  /** Something that came is not in the copy. */
  get isCut(): boolean {
    return this.keptBytes < this.bytes;
  }

  /** In pieces as they came, or as one. */
  get kept(): readonly Buffer[] {
    return this.chunks;
  }

  asOne(): Buffer {
    const [first, ...others] = this.chunks;
    const whole = first && others.length === 0 ? first : Buffer.concat(this.chunks);
    this.chunks = [whole];
    return whole;
  }

  /** Forgets what is kept: nobody will ask for it any more. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.room.bytes += this.keptBytes;
    this.chunks = [];
  }
}
