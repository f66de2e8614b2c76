/** Columns of tokens whose number, but not whose text length, is known before they are read. */
import type { TokenColumns, TokenKind } from '../../model/tokens.js';

export class TokenColumnsBuilder {
  private count = 0;
  private readonly index: Uint32Array;
  private readonly offsetUs: Float64Array;
  private readonly kind: Uint8Array;
  private readonly textEnd: Uint32Array;
  private text = new Uint8Array(1024);
  private textLength = 0;

  constructor(private readonly capacity: number) {
    this.index = new Uint32Array(capacity);
    this.offsetUs = new Float64Array(capacity);
    this.kind = new Uint8Array(capacity);
    this.textEnd = new Uint32Array(capacity);
  }

  /** Tokens beyond the capacity are left out: only a damaged file counts fewer than it holds. */
  add(token: {
    readonly index: number;
    readonly offsetUs: number;
    readonly kind: TokenKind;
    readonly text: Uint8Array;
  }): void {
    if (this.count === this.capacity) return;
    this.append(token.text);
    this.index[this.count] = token.index;
    this.offsetUs[this.count] = token.offsetUs;
    this.kind[this.count] = token.kind;
    this.textEnd[this.count] = this.textLength;
    this.count++;
  }

  /** Every array in a buffer of exactly its size, as they are sent to other processes. */
  build(): TokenColumns {
    const { count } = this;
    return {
      count,
      index: this.index.slice(0, count),
      offsetUs: this.offsetUs.slice(0, count),
      kind: this.kind.slice(0, count),
      readIndex: new Int32Array(count).fill(-1),
      textEnd: this.textEnd.slice(0, count),
      text: this.text.slice(0, this.textLength),
    };
  }

  private append(text: Uint8Array): void {
    const length = this.textLength + text.length;
    if (length > this.text.length) {
      const larger = new Uint8Array(Math.max(length, this.text.length * 2));
      larger.set(this.text);
      this.text = larger;
    }
    this.text.set(text, this.textLength);
    this.textLength = length;
  }
}
