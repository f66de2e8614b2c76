import assert from 'node:assert/strict';
import {
  aggregateSentence,
  cleanUpPlan,
  cleanUpSentence,
  copySentence,
  migrateSentence,
} from '../../../src/editor/maintenanceSentences.js';
import type {
  CopyResult,
  MigrateResult,
  RetainAction,
  RetainResult,
} from '../../../src/protocol/maintenanceMessages.js';

const sizes = { bytesBefore: 5_600_000, bytesAfter: 120_000 };
const aggregated = { path: '/traces/a.llmtrace', ...sizes, calls: 12, tokensRemoved: 98_760 };

describe('the sentence about', () => {
  it('an aggregated trace says what is gone, and the sizes', () => {
    assert.equal(
      aggregateSentence(aggregated, false),
      'Aggregated 12 calls of a.llmtrace: 98,760 tokens are gone, and the file has 120 KB (before: 5.6 MB).',
    );
    assert.match(aggregateSentence(aggregated, true), /The other calls are as they were/);
  });

  it('a trace without old calls says that nothing happened', () => {
    const none = { ...aggregated, calls: 0 };
    assert.match(aggregateSentence(none, false), /^a\.llmtrace is as it was: /);
    assert.equal(aggregateSentence(none, true), 'Cancelled; a.llmtrace is as it was.');
    const skipped = 'a.llmtrace is being recorded. Stop the capture first.';
    assert.equal(aggregateSentence({ ...none, skipped }, false), skipped);
  });

  it('an upgraded trace names the versions', () => {
    const result: MigrateResult = {
      ...{ type: 'result', path: '/a.llmtrace', ...sizes, notices: [], cancelled: false },
      ...{ from: 1, to: 2 },
    };
    assert.match(migrateSentence(result), /^a\.llmtrace was upgraded from version 1 .* version 2;/);
    assert.match(migrateSentence({ ...result, from: 2 }), /nothing to upgrade\.$/);
    assert.match(migrateSentence({ ...result, cancelled: true }), /is as it was\.$/);
  });

  it('a copy says what it holds, and what it does not', () => {
    const result: CopyResult = {
      ...{ type: 'result', path: '/b.llmtrace', ...sizes, cancelled: false },
      ...{ runs: 1, tokens: 412, notices: ['Costs are not in it.'] },
    };
    assert.equal(
      copySentence('Converted', '/a.db', result),
      'Converted a.db into b.llmtrace: 1 run, 412 tokens, 120 KB (before: 5.6 MB). Costs are not in it.',
    );
    const cancelled = copySentence('Converted', '/a.db', { ...result, cancelled: true });
    assert.equal(cancelled, 'Cancelled; no file was made.');
  });

  it('a clean-up counts what was done, and says what could not be', () => {
    const action = (name: string, rest: Partial<RetainAction>): RetainAction => ({
      ...{ path: `/captures/${name}`, action: 'delete', reason: 'Old.', ...sizes, ...rest },
    });
    const actions = [
      action('a.llmtrace', { bytesAfter: 0 }),
      action('b.llmtrace', { bytesAfter: 0 }),
      action('c.llmtrace', { action: 'aggregate' }),
      action('d.llmtrace', { action: 'aggregate' }),
    ];
    const result: RetainResult = {
      ...{ type: 'result', actions, freedBytes: 16_680_000, dryRun: false, cancelled: false },
      notices: ['e.llmtrace is being recorded.'],
    };
    assert.equal(
      cleanUpSentence(result),
      'Cleaned up captures: deleted 2 traces, aggregated old calls of 2 traces; 16.7 MB freed. e.llmtrace is being recorded.',
    );
    assert.match(
      cleanUpSentence({ ...result, cancelled: true }),
      /^Cancelled; until then: deleted/,
    );
    const many = { ...result, notices: ['One.', 'Two.', 'Three.', 'Four.', 'Five.'] };
    assert.match(cleanUpSentence(many), /One\. Two\. Three\. 2 more of this kind: see the log\.$/);
    assert.equal(
      cleanUpPlan(result, 2),
      'Delete a.llmtrace (5.6 MB): Old.\nDelete b.llmtrace (5.6 MB): Old.\n… and 2 traces more.',
    );
  });
});
