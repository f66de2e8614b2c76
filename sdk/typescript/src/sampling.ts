import { Buffer } from 'node:buffer';

/** Which tokens of a call are taken; sdk/vectors/README.md says it for all SDKs alike. */
export class Sampling {
  private readonly phase: number;

  /** @param rate 0 to 1. */
  constructor(
    callId: string,
    private readonly rate: number,
  ) {
    this.phase = fnv1a32(Buffer.from(callId, 'utf8')) / 2 ** 32;
  }

  /** But for the last token of the call, which is always taken. */
  takes(index: number): boolean {
    if (index === 0) return true;
    const { rate, phase } = this;
    return Math.floor((index + 1) * rate + phase) > Math.floor(index * rate + phase);
  }
}

function fnv1a32(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
