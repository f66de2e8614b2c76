/**
 * Fernet tokens, as Python's `cryptography` writes them (https://github.com/fernet/spec):
 * base64url of version 0x80 | 8 bytes time | 16 bytes IV | AES-128-CBC ciphertext | 32 bytes HMAC-SHA256.
 */
import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

export interface FernetKey {
  readonly signing: Uint8Array;
  readonly encryption: Uint8Array;
}

const version = 0x80;
const ivStart = 9;
const ciphertextStart = 25;
const hmacLength = 32;
const blockLength = 16;

/** A key as the user typed it: base64url of 32 bytes. Null when it is no key. */
export function parseFernetKey(typed: string): FernetKey | null {
  const text = typed.trim();
  if (!/^[\w+/-]{43}=?$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16, 32) };
}

/** Every token starts so: the version, and the upper bytes of a time before the year 2106. */
export function isFernetToken(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 5)).equals(tokenStart);
}
const tokenStart = Buffer.from('gAAAA');

/** The plain bytes; null when the key does not fit or the token was altered (the HMAC tells neither apart). */
export function decryptFernet(token: Uint8Array, key: FernetKey): Uint8Array | null {
  const ascii = Buffer.from(token.buffer, token.byteOffset, token.length).toString('latin1');
  const bytes = Buffer.from(ascii, 'base64url');
  const hmacStart = bytes.length - hmacLength;
  const ciphertextLength = hmacStart - ciphertextStart;
  if (bytes[0] !== version) return null;
  if (ciphertextLength < blockLength || ciphertextLength % blockLength !== 0) return null;
  const hmac = createHmac('sha256', key.signing).update(bytes.subarray(0, hmacStart)).digest();
  if (!timingSafeEqual(hmac, bytes.subarray(hmacStart))) return null;
  const iv = bytes.subarray(ivStart, ciphertextStart);
  const decipher = createDecipheriv('aes-128-cbc', key.encryption, iv);
  try {
    return Buffer.concat([
      decipher.update(bytes.subarray(ciphertextStart, hmacStart)),
      decipher.final(),
    ]);
  } catch {
    // Signed with this key and yet badly padded: only a broken writer does that.
    return null;
  }
}
