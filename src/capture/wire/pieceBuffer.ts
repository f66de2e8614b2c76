/** Text that comes in pieces: joined only when it is complete, so that it costs no more than its length, and capped. */
import type { ResponsePart } from './wireFormat.js';

/** Characters of one event, line or body that is read. */
export const longestPiece = 16 * 1024 * 1024;

export const tooLongNotice: ResponsePart = {
  part: 'notice',
  text: 'A piece of the response was longer than 16 MB and was not read.',
};

export class PieceBuffer {
  private pieces: string[] = [];
  private length = 0;

  add(piece: string): void {
    this.length += piece.length;
    if (this.length <= longestPiece) this.pieces.push(piece);
    else this.pieces = [];
  }

  /** The whole text, and begins anew; undefined when it was too long. */
  take(): string | undefined {
    const text = this.length <= longestPiece ? this.pieces.join('') : undefined;
    this.pieces = [];
    this.length = 0;
    return text;
  }
}
