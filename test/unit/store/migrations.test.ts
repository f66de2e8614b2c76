import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TraceError } from '../../../src/protocol/errors.js';
import { Database } from '../../../src/store/database.js';
import { latestVersion, migrate, nativeVersion } from '../../../src/store/native/migrations.js';
import { writeTraceFile } from '../../../src/store/native/traceFile.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';

const hasCode =
  (code: string, sentence = /./) =>
  (error: unknown): boolean =>
    error instanceof TraceError && error.code === code && sentence.test(error.message);

describe('migrations', () => {
  let database: Database;
  beforeEach(async () => (database = await Database.open()));
  afterEach(() => database.close());

  const schema = (): unknown[] =>
    database
      .all('SELECT type, name, sql FROM sqlite_schema ORDER BY name')
      .map((row) => ({ ...row }));

  it('goes up from nothing, down to nothing, and up again to the same schema', () => {
    assert.equal(nativeVersion(database), 0);
    migrate(database);
    assert.equal(nativeVersion(database), latestVersion);
    const first = schema();
    migrate(database, 0);
    assert.deepEqual(schema(), []);
    assert.equal(nativeVersion(database), 0);
    migrate(database);
    assert.deepEqual(schema(), first);
  });

  it('takes every step between two versions, in order, and back', () => {
    const steps = [
      { up: 'CREATE TABLE one (a)', down: 'DROP TABLE one' },
      { up: 'ALTER TABLE one RENAME TO two', down: 'ALTER TABLE two RENAME TO one' },
      { up: 'CREATE INDEX two_by_a ON two (a)', down: 'DROP INDEX two_by_a' },
    ];
    const names = (): unknown[] =>
      database.all('SELECT name FROM sqlite_schema').map((row) => row['name']);
    migrate(database, 3, steps);
    assert.deepEqual(names(), ['two', 'two_by_a']);
    migrate(database, 1, steps);
    assert.deepEqual(names(), ['one']);
    assert.equal(nativeVersion(database), 1);
  });

  it('takes all steps or none', () => {
    const steps = [
      { up: 'CREATE TABLE one (a)', down: '' },
      { up: 'CREATE nonsense', down: '' },
    ];
    assert.throws(() => migrate(database, 2, steps), /nonsense/);
    assert.deepEqual(schema(), []);
    assert.equal(nativeVersion(database), 0);
  });

  it('refuses a newer trace with a sentence that names both versions', () => {
    migrate(database);
    database.exec('PRAGMA user_version = 7');
    assert.throws(() => migrate(database), hasCode('too-new', /version 7.*version 2\b/));
  });

  it('refuses databases of others', () => {
    database.exec('CREATE TABLE photos (a)');
    assert.equal(nativeVersion(database), null);
    assert.throws(() => migrate(database), hasCode('not-a-trace'));
  });
});

describe('trace files', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-file-'));
    path = join(folder, 'a.llmtrace');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const newTrace = async (): Promise<Uint8Array> => {
    const writer = await TraceWriter.create();
    const bytes = writer.toBytes();
    writer.close();
    return bytes;
  };

  it('are replaced as a whole, leaving nothing else behind', async () => {
    writeFileSync(path, 'old');
    const bytes = await newTrace();
    await writeTraceFile(path, bytes);
    assert.ok(readFileSync(path).equals(bytes));
    assert.deepEqual(readdirSync(folder), ['a.llmtrace']);
  });

  it('leave nothing behind when they cannot be written', async () => {
    await assert.rejects(writeTraceFile(join(folder, 'missing', 'a.llmtrace'), new Uint8Array(1)));
    assert.deepEqual(readdirSync(folder), []);
  });

  it('are not replaced under the feet of a writer', async () => {
    writeFileSync(path, 'old');
    writeFileSync(`${path}-wal`, 'rows');
    await assert.rejects(writeTraceFile(path, await newTrace()), hasCode('busy'));
    assert.equal(readFileSync(path, 'utf8'), 'old');
  });
});
