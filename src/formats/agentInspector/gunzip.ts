/** Gunzip with a limit: a few kilobytes of a hostile file can unpack to gigabytes. */
import { gunzipSync } from 'node:zlib';

export type Unpacked =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly problem: 'too-large' | 'damaged' };

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Never allocates much more than `limit` bytes. */
export function gunzip(bytes: Uint8Array, limit: number): Unpacked {
  try {
    return { ok: true, bytes: gunzipSync(bytes, { maxOutputLength: limit }) };
  } catch (thrown) {
    return { ok: false, problem: isTooLarge(thrown) ? 'too-large' : 'damaged' };
  }
}

function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE';
}
