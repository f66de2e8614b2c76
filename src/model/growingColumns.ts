/** The columns of a call that streams: what comes is put behind what is there, without copying that each time. */
import type { TokenColumns } from './tokens.js';

type Numbers = Uint32Array | Float64Array | Uint8Array | Int32Array;

export class GrowingColumns {
  private count: number;
  private index: Uint32Array;
  private offsetUs: Float64Array;
  private kind: Uint8Array;
  private readIndex: Int32Array;
  private textEnd: Uint32Array;
  private text: Uint8Array;

  /** Begins with these, which stay as they are. */
  constructor(columns: TokenColumns) {
    this.count = columns.count;
    ({ index: this.index, offsetUs: this.offsetUs, kind: this.kind } = columns);
    ({ readIndex: this.readIndex, textEnd: this.textEnd, text: this.text } = columns);
  }

  /** Leaves the first `count` tokens, and puts `more` behind them. Views of before stay as they are. */
  replaceFrom(count: number, more: TokenColumns): void {
    const isRewritten = count < this.count;
    const textStart = count === 0 ? 0 : (this.textEnd[count - 1] ?? 0);
    const total = count + more.count;
    const room = <T extends Numbers>(column: T, used: number, needed: number): T =>
      withRoom(column, used, needed, isRewritten);
    this.index = room(this.index, count, total);
    this.offsetUs = room(this.offsetUs, count, total);
    this.kind = room(this.kind, count, total);
    this.readIndex = room(this.readIndex, count, total);
    this.textEnd = room(this.textEnd, count, total);
    this.text = room(this.text, textStart, textStart + more.text.length);
    this.index.set(more.index, count);
    this.offsetUs.set(more.offsetUs, count);
    this.kind.set(more.kind, count);
    this.readIndex.set(more.readIndex, count);
    for (let position = 0; position < more.count; position++) {
      this.textEnd[count + position] = textStart + (more.textEnd[position] ?? 0);
    }
    this.text.set(more.text, textStart);
    this.count = total;
  }

  /** As they are now: parts of larger buffers. */
  view(): TokenColumns {
    const { count } = this;
    return {
      count,
      index: this.index.subarray(0, count),
      offsetUs: this.offsetUs.subarray(0, count),
      kind: this.kind.subarray(0, count),
      readIndex: this.readIndex.subarray(0, count),
      textEnd: this.textEnd.subarray(0, count),
      text: this.text.subarray(0, count === 0 ? 0 : (this.textEnd[count - 1] ?? 0)),
    };
  }
}

/** The column itself when it is long enough, else its first `used` numbers in one of twice the length. */
function withRoom<T extends Numbers>(column: T, used: number, needed: number, anew: boolean): T {
  if (!anew && column.length >= needed) return column;
  const larger = new (column.constructor as new (length: number) => T)(
    Math.max(needed, 2 * used, 64),
  );
  larger.set(column.subarray(0, used));
  return larger;
}
