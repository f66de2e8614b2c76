import assert from 'node:assert/strict';
import { eventSchema } from '../../../../src/capture/api/ingest/eventSchemas.js';
import { RedactedIds } from '../../../../src/capture/api/ingest/redactedIds.js';
import { createRedaction } from '../../../../src/redaction/redaction.js';

const secret = 'sk-proj-4f9aB7c2D8e1F6a3';
const redaction = createRedaction({ useDefaults: true, keys: [], patterns: [] });

describe('ids that hold a secret', () => {
  const ids = new RedactedIds(redaction);
  const stepOf = (ids: RedactedIds, more: object) =>
    ids.in(
      eventSchema.parse({
        ...{ type: 'step_start', step_id: 'step', run_id: 'run', step_type: 'stage', ...more },
      }),
    ) as unknown as Record<string, string>;

  it('are stored without it, and name the same thing wherever they are', () => {
    const child = stepOf(ids, { run_id: `run ${secret}`, parent_id: `of ${secret}` });
    const parent = stepOf(ids, { run_id: `run ${secret}`, step_id: `of ${secret}` });
    assert.ok(!JSON.stringify([child, parent]).includes(secret.slice(8)));
    assert.match(child['run_id'] ?? '', /^run sk-\[redacted\] [\w-]{16}$/);
    assert.equal(child['run_id'], parent['run_id']);
    assert.equal(child['parent_id'], parent['step_id']);
  });

  it('stay apart where only the secret tells them apart', () => {
    const one = stepOf(ids, { step_id: secret });
    const other = stepOf(ids, { step_id: `${secret}9` });
    assert.notEqual(one['step_id'], other['step_id']);
  });

  it('cannot be found out by trying: another capture has others', () => {
    const here = stepOf(ids, { step_id: secret });
    const there = stepOf(new RedactedIds(redaction), { step_id: secret });
    assert.notEqual(here['step_id'], there['step_id']);
  });

  it('are left alone when there is none', () => {
    const sent = { type: 'run_end', run_id: crypto.randomUUID(), status: 'completed' } as const;
    assert.equal(ids.in(sent), sent);
  });
});
