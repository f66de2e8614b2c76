/** zstd by fzstd: Node has none of its own before version 22.15. */
import { Decompress } from 'fzstd';
import { type Microseconds, microseconds } from '../../model/units.js';
import type { ContentDecoder, DecodedTarget } from './contentDecoding.js';
import { ExpansionLimit, expansionNotice } from './expansionLimit.js';

/** What HTTP allows (RFC 9659); fzstd would allocate up to 2 GB as soon as a frame asks for it. */
const largestWindow = 8 * 1024 * 1024;
const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** No more of a frame's beginning is needed to know its window. */
const longestHeader = 18;

export class ZstdStage implements ContentDecoder {
  private readonly decompressor = new Decompress((bytes) => this.deliver(bytes));
  private readonly limit = new ExpansionLimit();
  private atUs = microseconds(0);
  private isStopped = false;
  /** The end of what was read before, where a frame may begin. */
  private tail: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly next: ContentDecoder,
    private readonly target: Pick<DecodedTarget, 'notice'>,
  ) {}

  write(bytes: Uint8Array, atUs: Microseconds): void {
    if (this.isStopped || bytes.length === 0) return;
    this.atUs = atUs;
    this.limit.addPacked(bytes.length);
    if (this.hasLargeWindow(bytes)) {
      this.stop('The compressed response needs too much memory to be read.');
      return;
    }
    try {
      this.decompressor.push(bytes);
    } catch {
      this.stop('The compressed response is damaged: the rest of it was not read.');
    }
  }

  end(whenDone: () => void): void {
    this.next.end(whenDone);
  }

  private deliver(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (!this.limit.addUnpacked(bytes.length)) {
      this.stop(expansionNotice);
      throw new Error('ends the work of the decompressor');
    }
    this.next.write(bytes, this.atUs);
  }

  private stop(text: string): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.target.notice(text);
  }

  private hasLargeWindow(bytes: Uint8Array): boolean {
    const all = Buffer.concat([this.tail, bytes]);
    this.tail = all.subarray(Math.max(0, all.length - longestHeader + 1));
    for (let at = all.indexOf(magic); at >= 0; at = all.indexOf(magic, at + 1)) {
      if (windowSize(all.subarray(at, at + longestHeader)) > largestWindow) return true;
    }
    return false;
  }
}

/** Bytes of the window that this frame header (RFC 8878, 3.1.1.1) asks for; 0 when it is not complete. */
function windowSize(header: Buffer): number {
  if (header.length < longestHeader) return 0;
  const descriptor = header.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) {
    const window = header.readUInt8(5);
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  const position = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  switch (descriptor >> 6) {
    case 0:
      return header.readUInt8(position);
    case 1:
      return header.readUInt16LE(position) + 256;
    case 2:
      return header.readUInt32LE(position);
    default:
      return Number(header.readBigUInt64LE(position));
  }
}
