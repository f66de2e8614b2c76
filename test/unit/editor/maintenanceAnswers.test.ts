import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  aggregateResult,
  copyResult,
  isResult,
  migrateResult,
  progressOf,
  retainResult,
} from '../../../src/editor/maintenanceAnswers.js';
import type {
  AggregateResult,
  CopyResult,
  MigrateResult,
  RetainResult,
} from '../../../src/protocol/maintenanceMessages.js';

const file = { path: '/a.llmtrace', bytesBefore: 100, bytesAfter: 10 };
const aggregated: AggregateResult = {
  type: 'result',
  files: [
    { ...file, calls: 1, tokensRemoved: 80 },
    { ...file, calls: 0, tokensRemoved: 0, skipped: 'It is being recorded.' },
  ],
  cancelled: false,
};
const migrated: MigrateResult = {
  ...{ type: 'result', ...file, from: 1, to: 2, notices: [], cancelled: false },
};
const copied: CopyResult = {
  ...{ type: 'result', ...file, runs: 1, tokens: 5, notices: ['No costs.'], cancelled: true },
};
const retained: RetainResult = {
  type: 'result',
  actions: [{ ...file, action: 'delete', reason: 'It is 91 days old.' }],
  ...{ freedBytes: 90, dryRun: true, notices: [], cancelled: false },
};

describe('what the command line says of its work', () => {
  it('is understood as it was said', () => {
    for (const result of [aggregated, migrated, copied, retained]) assert.ok(isResult(result));
    assert.deepEqual(aggregateResult(aggregated), aggregated);
    assert.deepEqual(migrateResult(migrated), migrated);
    assert.deepEqual(copyResult(copied), copied);
    assert.deepEqual(retainResult(retained), retained);
    const progress = { type: 'progress', done: 1, total: 2, what: 'Reading' } as const;
    assert.deepEqual(progressOf(progress), progress);
  });

  it('is refused when it is of another kind', () => {
    assert.throws(() => aggregateResult(retained), /"files"/);
    assert.throws(() => retainResult(aggregated), /"actions"/);
    assert.throws(() => copyResult({ ...copied, bytesAfter: '10' }), /"bytesAfter"/);
    assert.throws(() => migrateResult({ ...migrated, from: -1 }), /"from"/);
    const [action] = retained.actions;
    assert.throws(() => retainResult({ ...retained, actions: [{ ...action, action: 'burn' }] }));
    assert.equal(progressOf({ type: 'progress', done: 'all', total: 1, what: '' }), null);
  });

  it('may be anything: it is understood or refused, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        assert.ok(progressOf(value) === null || !isResult(value));
        for (const read of [aggregateResult, migrateResult, copyResult, retainResult]) {
          assert.throws(() => read(value), Error);
        }
      }),
    );
  });
});
