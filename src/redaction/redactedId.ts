/**
 * Ids without the secrets in them. What has the same id still has, and what has another one as well: instead of the
 * secret there is a keyed digest of the id, which tells nothing of it. The key is this object's alone.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Redaction } from './redaction.js';

const digestCharacters = 16;

export class IdRedactor {
  private readonly key = randomBytes(32);

  constructor(private readonly redaction: Redaction) {}

  /** The id itself where no secret is in it. */
  of(id: string): string {
    const text = this.redaction.text(id);
    return text === id ? id : `${text} ${this.digest(id)}`;
  }

  private digest(id: string): string {
    const digest = createHmac('sha256', this.key).update(id).digest('base64url');
    return digest.slice(0, digestCharacters);
  }
}
