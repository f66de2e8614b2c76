/**
 * Decodes a copy of a compressed response so that every decoded piece keeps the stamp of the read that completed
 * it. The agent gets the compressed bytes as they came.
 */
import type { Microseconds } from '../../model/units.js';
import { ZlibStage, isZlibEncoding } from './zlibStage.js';
import { ZstdStage } from './zstdStage.js';

/** Where decoded bytes go, in the order of the reads, maybe later than `write` returned. */
export interface DecodedTarget {
  bytes(bytes: Uint8Array, atUs: Microseconds): void;
  /** A sentence: the response cannot be decoded, or no further. */
  notice(text: string): void;
}

export interface ContentDecoder {
  /** Keeps no reference to uncompressed bytes; compressed ones until they are decoded. */
  write(bytes: Uint8Array, atUs: Microseconds): void;
  /** Nothing is written after it. Calls back when all has been delivered; at once if it has been already. */
  end(whenDone: () => void): void;
}

/** `contentEncoding` as the header says it; several are decoded one after the other. */
export function createContentDecoder(
  contentEncoding: string | undefined,
  target: DecodedTarget,
): ContentDecoder {
  const encodings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  const unknown = encodings.find((name) => !isZlibEncoding(name) && name !== 'zstd');
  if (unknown !== undefined || encodings.length > mostEncodings) {
    return refusing(unknown ?? `${encodings.length} encodings`, target);
  }
  // The first one named was applied first: it is undone last.
  let decoder = passing(target);
  for (const name of encodings) decoder = stage(name, decoder, target);
  return decoder;
}

const mostEncodings = 4;

function stage(name: string, next: ContentDecoder, target: DecodedTarget): ContentDecoder {
  return isZlibEncoding(name) ? new ZlibStage(name, next, target) : new ZstdStage(next, target);
}

function passing(target: DecodedTarget): ContentDecoder {
  return { write: (bytes, atUs) => target.bytes(bytes, atUs), end: (whenDone) => whenDone() };
}

function refusing(encoding: string, target: DecodedTarget): ContentDecoder {
  let isSaid = false;
  return {
    write: () => {
      if (isSaid) return;
      isSaid = true;
      target.notice(
        `The response is encoded in a way that cannot be read (${encoding.slice(0, 80)}).`,
      );
    },
    end: (whenDone) => whenDone(),
  };
}
