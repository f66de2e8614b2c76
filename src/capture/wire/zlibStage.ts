/** gzip, deflate and br by node:zlib, which works in another thread: one read after the other, each with its stamp. */
import {
  type BrotliDecompress,
  type Gunzip,
  type Inflate,
  type InflateRaw,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
} from 'node:zlib';
import { type Microseconds, microseconds } from '../../model/units.js';
import type { ContentDecoder, DecodedTarget } from './contentDecoding.js';
import { ExpansionLimit, expansionNotice } from './expansionLimit.js';

/** Of reads that wait to be decoded: they come as fast as the agent takes them. */
const mostWaitingBytes = 32 * 1024 * 1024;

export type ZlibEncoding = 'gzip' | 'x-gzip' | 'deflate' | 'br';

export const isZlibEncoding = (name: string): name is ZlibEncoding =>
  ['gzip', 'x-gzip', 'deflate', 'br'].includes(name);

type Decompressor = BrotliDecompress | Gunzip | Inflate | InflateRaw;

export class ZlibStage implements ContentDecoder {
  private decompressor: Decompressor | undefined;
  private readonly waiting: { readonly bytes: Uint8Array; readonly atUs: Microseconds }[] = [];
  /** Stamp of the read that is being decoded. */
  private atUs = microseconds(0);
  private waitingBytes = 0;
  private isWorking = false;
  private isStopped = false;
  private whenDone: (() => void) | undefined;
  private readonly limit = new ExpansionLimit();

  constructor(
    private readonly encoding: ZlibEncoding,
    private readonly next: ContentDecoder,
    private readonly target: Pick<DecodedTarget, 'notice'>,
  ) {}

  write(bytes: Uint8Array, atUs: Microseconds): void {
    if (this.isStopped || bytes.length === 0) return;
    this.waiting.push({ bytes, atUs });
    this.waitingBytes += bytes.length;
    if (this.waitingBytes > mostWaitingBytes) this.stop(tooFast);
    else this.work();
  }

  end(whenDone: () => void): void {
    this.whenDone = whenDone;
    this.work();
  }

  private work(): void {
    if (this.isWorking) return;
    const read = this.waiting.shift();
    if (read === undefined) {
      this.finish();
      return;
    }
    this.isWorking = true;
    this.waitingBytes -= read.bytes.length;
    this.atUs = read.atUs;
    this.limit.addPacked(read.bytes.length);
    this.decompressor ??= this.open(read.bytes);
    const { decompressor } = this;
    decompressor.write(read.bytes, () => {
      this.deliver(decompressor);
      this.isWorking = false;
      if (!this.isStopped) this.work();
    });
  }

  private open(bytes: Uint8Array): Decompressor {
    const decompressor = createDecompressor(this.encoding, bytes);
    // It stops working while its output is full; everything it gives belongs to the one read in work.
    decompressor.on('readable', () => this.deliver(decompressor));
    decompressor.on('error', () => {
      this.deliver(decompressor);
      this.stop('The compressed response is damaged: the rest of it was not read.');
    });
    return decompressor;
  }

  private deliver(decompressor: Decompressor): void {
    for (;;) {
      const bytes = this.isStopped ? null : (decompressor.read() as Buffer | null);
      if (bytes === null) return;
      if (!this.limit.addUnpacked(bytes.length)) this.stop(expansionNotice);
      else this.next.write(bytes, this.atUs);
    }
  }

  private stop(text: string): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.isWorking = false;
    this.waiting.length = 0;
    this.target.notice(text);
    this.finish();
  }

  private finish(): void {
    if (this.whenDone === undefined) return;
    const done = this.whenDone;
    this.whenDone = undefined;
    this.decompressor?.destroy();
    this.next.end(done);
  }
}

const tooFast =
  'The compressed response came faster than it could be unpacked: the rest of it was not read.';

function createDecompressor(encoding: ZlibEncoding, start: Uint8Array): Decompressor {
  // Whatever a read completes is wanted at once.
  const options = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
  if (encoding === 'br') return createBrotliDecompress();
  if (encoding !== 'deflate') return createGunzip(options);
  // Some servers leave out the zlib header, whose first four bits are always 8.
  return ((start[0] ?? 0) & 0x0f) === 8 ? createInflate(options) : createInflateRaw(options);
}
