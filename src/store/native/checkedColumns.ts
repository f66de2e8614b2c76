/**
 * Collects the tokens of a call as columns. Whatever a hostile or damaged file holds, the columns keep their promises:
 * indexes grow, offsets never decrease, kinds are known.
 */
import { TokenKind, type TokenColumns } from '../../model/tokens.js';
import type { LastToken } from '../traceReader.js';

const largestIndex = 0xffff_ffff;
/** A century: what is beyond is not a time, and would lose microseconds in a double. */
const largestOffsetUs = 3.2e15;
const firstCapacity = 256;
const firstTextBytes = 2_048;
/** Shorter texts are copied faster byte by byte. */
const shortText = 24;

export class CheckedColumns {
  private count = 0;
  private index = new Uint32Array(firstCapacity);
  private offsetUs = new Float64Array(firstCapacity);
  private kind = new Uint8Array(firstCapacity);
  private readIndex = new Int32Array(firstCapacity);
  private textEnd = new Uint32Array(firstCapacity);
  private text = new Uint8Array(firstTextBytes);
  private textLength = 0;
  private nextIndex = 0;
  private latestUs = 0;

  /**
   * @param imageBytes how large the image is that the tokens are read from: on damaged pages one row may stand a
   * thousand times. What is more than the image can hold is left out.
   */
  constructor(private readonly imageBytes: () => number) {}

  /** Forgets what was collected; what follows comes behind `last`. */
  begin(last: LastToken | null = null): void {
    this.count = 0;
    this.textLength = 0;
    this.nextIndex = last ? last.index + 1 : 0;
    this.latestUs = last?.offsetUs ?? 0;
  }

  /** The token's text is `bytes` from `from` to `to`; NaN stands for what is no number. */
  add(
    index: number,
    offsetUs: number,
    kind: number,
    readIndex: number,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): void {
    if (this.nextIndex > largestIndex || !this.hasRoomFor(to - from)) return;
    if (this.count === this.index.length) this.grow();
    const { count } = this;
    this.nextIndex = Math.max(this.nextIndex, whole(index, this.nextIndex, largestIndex));
    this.latestUs = Math.max(this.latestUs, whole(offsetUs, this.latestUs, largestOffsetUs));
    this.index[count] = this.nextIndex++;
    this.offsetUs[count] = this.latestUs;
    this.kind[count] = whole(kind, TokenKind.other, TokenKind.other);
    this.readIndex[count] = whole(readIndex, -1, 0x7fff_ffff);
    this.addText(bytes, from, to);
    this.textEnd[count] = this.textLength;
    this.count++;
  }

  /** In arrays that own their buffers. */
  columns(): TokenColumns {
    const { count } = this;
    return {
      count,
      index: this.index.slice(0, count),
      offsetUs: this.offsetUs.slice(0, count),
      kind: this.kind.slice(0, count),
      readIndex: this.readIndex.slice(0, count),
      textEnd: this.textEnd.slice(0, count),
      text: this.text.slice(0, this.textLength),
    };
  }

  private addText(bytes: Uint8Array, from: number, to: number): void {
    if (to - from > shortText) {
      this.text.set(bytes.subarray(from, to), this.textLength);
    } else {
      for (let at = from, into = this.textLength; at < to; at++) this.text[into++] = bytes[at] ?? 0;
    }
    this.textLength += to - from;
  }

  /** Makes it where it is missing. */
  private hasRoomFor(bytes: number): boolean {
    const end = this.textLength + bytes;
    if (end <= this.text.length) return true;
    const most = this.imageBytes();
    if (end > most) return false;
    this.text = resized(this.text, Math.min(Math.max(2 * this.text.length, end), most));
    return true;
  }

  private grow(): void {
    const capacity = 2 * this.index.length;
    this.index = resized(this.index, capacity);
    this.offsetUs = resized(this.offsetUs, capacity);
    this.kind = resized(this.kind, capacity);
    this.readIndex = resized(this.readIndex, capacity);
    this.textEnd = resized(this.textEnd, capacity);
  }
}

/** A whole number from 0 to `largest`, or `otherwise` when the value is anything else. */
function whole(value: number, otherwise: number, largest: number): number {
  return value >= 0 && value <= largest ? Math.floor(value) : otherwise;
}

function resized<T extends Uint8Array | Uint32Array | Int32Array | Float64Array>(
  column: T,
  length: number,
): T {
  const larger = new (column.constructor as new (length: number) => T)(length);
  larger.set(column);
  return larger;
}
