/** Which tokens of a call are kept when not all are: the same ones each time, here and in every SDK. */

export class Sampling {
  private readonly phase: number;

  /** @param rate the share that is kept, 0 to 1. */
  constructor(
    callId: string,
    private readonly rate: number,
  ) {
    this.phase = fnv1a32(new TextEncoder().encode(callId)) / 2 ** 32;
  }

  /** Spread evenly, and always the first one. The last one is kept too: by whoever knows that it is the last. */
  takes(index: number): boolean {
    if (index === 0) return true;
    const { rate, phase } = this;
    return Math.floor((index + 1) * rate + phase) > Math.floor(index * rate + phase);
  }
}

/** The hash FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a32(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
