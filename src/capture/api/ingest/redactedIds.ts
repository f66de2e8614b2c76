/** Events without the secrets in their ids. */
import { IdRedactor } from '../../../redaction/redactedId.js';
import type { Redaction } from '../../../redaction/redaction.js';
import type { SentEvent } from './eventSchemas.js';

const names = ['run_id', 'step_id', 'llm_call_id', 'parent_id'] as const;

export class RedactedIds {
  private readonly ids: IdRedactor;

  constructor(redaction: Redaction) {
    this.ids = new IdRedactor(redaction);
  }

  in<E extends SentEvent>(sent: E): E {
    let redacted = sent;
    for (const name of names) {
      const id = (sent as Partial<Record<(typeof names)[number], string>>)[name];
      const text = id === undefined ? undefined : this.ids.of(id);
      if (text !== id) redacted = { ...redacted, [name]: text };
    }
    return redacted;
  }
}
