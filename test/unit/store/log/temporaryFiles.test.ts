import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  removeTemporaryFiles,
  replacedBy,
  temporaryPath,
} from '../../../../src/store/log/temporaryFiles.js';

describe('temporary files that a crash left behind', () => {
  const nonce = '85835a721bd0ba0d7049fd68ae7cec2f';
  const folder = mkdtempSync(join(tmpdir(), 'temporary-'));
  after(() => rmSync(folder, { recursive: true }));

  it('are known by the trace for which they were made: its own, those of its log and of its locks', () => {
    for (const made of ['', '-log', '-lock', `-lock.${nonce}`]) {
      const name = temporaryPath(`/some/folder/a.llmtrace${made}`).split(/[\\/]/).at(-1) ?? '';
      assert.equal(replacedBy(name), 'a.llmtrace', name);
    }
    for (const name of ['a.llmtrace', `a.llmtrace-lock.${nonce}`, '.hidden', '.a.0123.tmp']) {
      assert.equal(replacedBy(name), null, name);
    }
  });

  it('are removed, and nothing else', async () => {
    const trace = join(folder, 'a.llmtrace');
    const kept = ['a.llmtrace', 'a.llmtrace-log', '.b.llmtrace.0123456789ab.tmp'];
    for (const name of kept) writeFileSync(join(folder, name), '');
    for (const made of ['', '-log', `-lock.${nonce}`]) {
      writeFileSync(temporaryPath(trace + made), '');
    }
    await removeTemporaryFiles(trace);
    assert.deepEqual(readdirSync(folder).sort(), kept.sort());
  });
});
