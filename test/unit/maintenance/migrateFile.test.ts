import assert from 'node:assert/strict';
import { copyFileSync, linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrateFile } from '../../../src/maintenance/migrateFile.js';
import { latestVersion } from '../../../src/store/native/migrations.js';
import { Database } from '../../../src/store/database.js';
import { FilesOfTest, hasCode } from './files.js';

describe('migration of a file', function () {
  this.timeout(20_000);
  const files = new FilesOfTest();

  function fixture(version: number): string {
    const path = files.path('a.llmtrace');
    copyFileSync(
      join(import.meta.dirname, `../../fixtures/native/version-${version}.llmtrace`),
      path,
    );
    return path;
  }

  it('goes up to the newest version, and leaves no backup', async () => {
    const path = fixture(1);
    const { from, to, notices } = await migrateFile(path, latestVersion);
    assert.deepEqual([from, to, notices], [1, latestVersion, []]);
    const trace = await files.open('a.llmtrace');
    assert.equal(trace.summary().formatLabel, `LLM Stream trace ${latestVersion}`);
    assert.equal(trace.summary().runs[0]?.callCount, 4);
    trace.close();
    assert.deepEqual(files.names, ['a.llmtrace']);
  });

  it('goes down, and says what is lost', async () => {
    const path = fixture(2);
    const { notices } = await migrateFile(path, 1);
    assert.match(notices.join(), /^Version 1 cannot hold .* one aggregated call: they are gone\.$/);
    assert.equal((await migrateFile(path, 1)).from, 1);
    const trace = await files.open('a.llmtrace');
    assert.equal(trace.summary().formatLabel, 'LLM Stream trace 1');
    trace.close();
  });

  it('leaves a file of that version alone', async () => {
    const path = fixture(2);
    const before = files.bytes('a.llmtrace');
    await migrateFile(path, 2);
    assert.ok(files.bytes('a.llmtrace').equals(before));
  });

  it('keeps a backup of something else, and takes one of a migration that was killed at once', async () => {
    const path = fixture(1);
    writeFileSync(`${path}.backup`, 'the only copy');
    await assert.rejects(migrateFile(path, 2), hasCode('busy', /is still there/));
    assert.equal(files.bytes('a.llmtrace.backup').toString(), 'the only copy');
    copyFileSync(path, `${path}.backup`);
    await migrateFile(path, 2);
    linkSync(path, `${path}.backup`);
    await migrateFile(path, 1);
    assert.deepEqual(files.names, ['a.llmtrace']);
  });

  it('refuses a file of a later release, and one with parts of others', async () => {
    const path = fixture(1);
    const database = await Database.open(files.bytes('a.llmtrace'));
    database.exec('CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM steps; END');
    writeFileSync(path, database.export());
    await assert.rejects(migrateFile(path, 2), hasCode('not-a-trace', /"t" in it was added/));
    database.exec('PRAGMA user_version = 7');
    writeFileSync(path, database.export());
    database.close();
    await assert.rejects(migrateFile(path, 2), hasCode('too-new'));
  });
});
