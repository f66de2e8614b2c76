/**
 * Ids without the secrets in them. What has the same id still has, and what has another one as well: instead of the
 * secret there is a keyed digest of the id, which tells nothing of it. The key is this capture's alone.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Redaction } from '../../../redaction/redaction.js';
import type { SentEvent } from './eventSchemas.js';

const names = ['run_id', 'step_id', 'llm_call_id', 'parent_id'] as const;
const digestCharacters = 16;

export class RedactedIds {
  private readonly key = randomBytes(32);

  constructor(private readonly redaction: Redaction) {}

  in<E extends SentEvent>(sent: E): E {
    let redacted = sent;
    for (const name of names) {
      const id = (sent as Partial<Record<(typeof names)[number], string>>)[name];
      const text = id === undefined ? undefined : this.redaction.text(id);
      if (id !== undefined && text !== id)
        redacted = { ...redacted, [name]: `${text} ${this.digest(id)}` };
    }
    return redacted;
  }

  private digest(id: string): string {
    const digest = createHmac('sha256', this.key).update(id).digest('base64url');
    return digest.slice(0, digestCharacters);
  }
}
