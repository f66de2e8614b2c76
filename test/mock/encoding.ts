/** Compression of a response: flushed with each write, or everything at the end. */
import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import type { Scenario } from './scenario.js';

export interface Encoder {
  /** What goes out for these bytes now; nothing when they are held back. */
  write(bytes: Buffer): Promise<Buffer>;
  /** What is left. */
  end(): Promise<Buffer>;
}

export function encoderOf({ encoding, encodingFlush }: Scenario): Encoder {
  const encoder = flushingEncoder(encoding);
  return encodingFlush === 'event' ? encoder : new HoldingEncoder(encoder);
}

function flushingEncoder(encoding: Scenario['encoding']): Encoder {
  switch (encoding) {
    case 'identity':
      return {
        write: (bytes) => Promise.resolve(bytes),
        end: () => Promise.resolve(Buffer.alloc(0)),
      };
    case 'gzip':
      return new ZlibEncoder(createGzip(), constants.Z_SYNC_FLUSH);
    case 'deflate':
      return new ZlibEncoder(createDeflate(), constants.Z_SYNC_FLUSH);
    case 'br':
      return new ZlibEncoder(createBrotliCompress(), constants.BROTLI_OPERATION_FLUSH);
    case 'zstd':
      return new RawZstdEncoder();
  }
}

class HoldingEncoder implements Encoder {
  private readonly held: Buffer[] = [];

  constructor(private readonly encoder: Encoder) {}

  write(bytes: Buffer): Promise<Buffer> {
    this.held.push(bytes);
    return Promise.resolve(Buffer.alloc(0));
  }

  async end(): Promise<Buffer> {
    const bytes = await this.encoder.write(Buffer.concat(this.held));
    return Buffer.concat([bytes, await this.encoder.end()]);
  }
}

class ZlibEncoder implements Encoder {
  private written: Buffer[] = [];

  constructor(
    private readonly stream: Transform & { flush(kind: number, done: () => void): void },
    private readonly flushKind: number,
  ) {
    stream.on('data', (bytes: Buffer) => this.written.push(bytes));
  }

  async write(bytes: Buffer): Promise<Buffer> {
    this.stream.write(bytes);
    await new Promise<void>((resolve) => this.stream.flush(this.flushKind, resolve));
    return this.take();
  }

  async end(): Promise<Buffer> {
    this.stream.end();
    await once(this.stream, 'end');
    return this.take();
  }

  private take(): Buffer {
    const taken = Buffer.concat(this.written);
    this.written = [];
    return taken;
  }
}

/**
 * Zstandard without compressing anything, which needs no library: a frame of raw blocks (RFC 8878), one a write.
 */
class RawZstdEncoder implements Encoder {
  private begun = false;

  write(bytes: Buffer): Promise<Buffer> {
    const blocks: Buffer[] = [this.head()];
    for (let start = 0; start < bytes.length; start += largestBlock) {
      const part = bytes.subarray(start, start + largestBlock);
      blocks.push(blockHeader(part.length, false), part);
    }
    return Promise.resolve(Buffer.concat(blocks));
  }

  end(): Promise<Buffer> {
    return Promise.resolve(Buffer.concat([this.head(), blockHeader(0, true)]));
  }

  /** Magic number, a descriptor without anything optional, and a window of 1 MB. */
  private head(): Buffer {
    if (this.begun) return Buffer.alloc(0);
    this.begun = true;
    return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]);
  }
}

const largestBlock = 128 * 1024;

function blockHeader(size: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (isLast ? 1 : 0), 0, 3);
  return header;
}
