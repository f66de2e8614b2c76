/** Fernet as Python's `cryptography` writes it, for tests: what the extension only reads. */
import { createCipheriv, createHmac } from 'node:crypto';
import type { FernetKey } from '../../src/formats/agentInspector/fernet.js';

export function fernetToken(plain: Uint8Array, { signing, encryption }: FernetKey): Uint8Array {
  const iv = Buffer.alloc(16, 7);
  const cipher = createCipheriv('aes-128-cbc', encryption, iv);
  const signed = Buffer.concat([
    ...[Buffer.from('800000000060000000', 'hex'), iv],
    ...[cipher.update(plain), cipher.final()],
  ]);
  const hmac = createHmac('sha256', signing).update(signed).digest();
  const text = Buffer.concat([signed, hmac]).toString('base64url');
  return Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
}
