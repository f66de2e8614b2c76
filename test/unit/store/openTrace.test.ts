import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader } from '../../../src/formats/registry.js';
import { type TraceErrorCode, TraceError } from '../../../src/protocol/errors.js';
import { Database } from '../../../src/store/database.js';
import { migrate } from '../../../src/store/native/migrations.js';
import { openTrace } from '../../../src/store/openTrace.js';
import { ExampleTrace, stallRule } from './exampleTrace.js';

describe('openTrace', () => {
  let folder: string;
  let path: string;
  let bytes: Uint8Array;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'open-trace-'));
    path = join(folder, 'a.llmtrace');
    const trace = await ExampleTrace.create();
    trace.addCall('call', 500);
    bytes = trace.writer.toBytes();
    trace.writer.close();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const openPath = () => openTrace({ source: { kind: 'path', path }, openReader, stallRule });
  const openBytes = (content: Uint8Array) =>
    openTrace({
      source: { kind: 'bytes', bytes: content, fileName: 'a.llmtrace' },
      openReader,
      stallRule,
    });

  const assertRefused = async (code: TraceErrorCode, sentence: RegExp): Promise<void> => {
    for (const attempt of [openPath, () => openBytes(bytes.slice())]) {
      await assert.rejects(attempt(), (error) => {
        assert.ok(error instanceof TraceError, String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, sentence);
        return true;
      });
    }
  };

  const edited = async (script: string): Promise<Uint8Array> => {
    const database = await Database.open(bytes);
    database.exec(script);
    const result = database.export();
    database.close();
    return result;
  };

  it('opens a file and the same bytes alike', async () => {
    writeFileSync(path, bytes);
    const fromPath = await openPath();
    const fromBytes = await openBytes(bytes);
    assert.deepEqual(fromPath.summary(), fromBytes.summary());
    assert.equal(fromPath.summary().fileName, 'a.llmtrace');
    assert.equal(fromPath.summary().runs[0]?.tokenCount, 500);
    fromPath.close();
    fromBytes.close();
  });

  it('says what progress it makes', async () => {
    writeFileSync(path, bytes);
    const said: string[] = [];
    const queries = await openTrace({
      source: { kind: 'path', path },
      openReader,
      stallRule,
      onProgress: (fraction, what) => said.push(`${fraction} ${what}`),
    });
    queries.close();
    assert.deepEqual(said, ['0.6 Reading the file…', '0.6 Looking for runs…']);
  });

  it('says that a file is cut short', async () => {
    bytes = bytes.slice(0, bytes.length - 4_096);
    writeFileSync(path, bytes);
    await assertRefused('corrupt', /cut short/);
  });

  it('says that texts in UTF-16 are not read, instead of showing them wrong', async () => {
    const database = await Database.open();
    database.exec("PRAGMA encoding = 'UTF-16le'");
    migrate(database);
    bytes = database.export();
    database.close();
    writeFileSync(path, bytes);
    await assertRefused('not-a-trace', /UTF-16/);
    // The same encoding to SQLite.
    bytes[59] = 6;
    writeFileSync(path, bytes);
    await assertRefused('not-a-trace', /UTF-16/);
  });

  it('says that a trace is too new, naming both versions', async () => {
    bytes = await edited('PRAGMA user_version = 3');
    writeFileSync(path, bytes);
    await assertRefused('too-new', /version 3.*version 2\b/);
  });

  it('says that a database is no trace', async () => {
    bytes = await edited('PRAGMA application_id = 1; PRAGMA user_version = 0');
    writeFileSync(path, bytes);
    await assertRefused('not-a-trace', /no LLM traces/);
  });

  it('refuses a trace whose tables could compute for ever', async () => {
    const original = bytes;
    const hostile: readonly [string, RegExp][] = [
      [
        `ALTER TABLE llm_tokens RENAME TO old; CREATE VIEW llm_tokens AS
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n)
         SELECT 1 AS call_key, i AS token_index, 0 AS offset_us, 0 AS kind, 0 AS read_index, 'x' AS token FROM n`,
        /"llm_tokens" in it is not an ordinary table/,
      ],
      [
        'ALTER TABLE steps ADD COLUMN heavy AS (hex(zeroblob(100000000)))',
        /"steps" in it is not an ordinary/,
      ],
      [
        'PRAGMA foreign_keys = OFF; DROP VIEW llm_tokens_by_id; DROP TABLE llm_tokens',
        /no table "llm_tokens"/,
      ],
      [
        `PRAGMA foreign_keys = OFF; DROP VIEW llm_tokens_by_id; DROP TABLE llm_tokens;
         CREATE TABLE llm_tokens (call_key, token_index, offset_us, kind, read_index, token)`,
        /tokens have no key/,
      ],
      [
        `PRAGMA foreign_keys = OFF; DROP VIEW llm_calls_by_id; DROP VIEW llm_tokens_by_id; DROP TABLE llm_calls;
         CREATE TABLE llm_calls (call_key INTEGER PRIMARY KEY)`,
        /columns are missing/,
      ],
    ];
    for (const [script, sentence] of hostile) {
      bytes = original.slice();
      bytes = await edited(`PRAGMA legacy_alter_table = ON; ${script}`);
      writeFileSync(path, bytes);
      await assertRefused('not-a-trace', sentence);
    }
  });

  it('checks tables whose name is stored as a BLOB', async () => {
    bytes = await edited(
      `CREATE TABLE other (x); PRAGMA writable_schema = ON;
       UPDATE sqlite_schema SET name = CAST(name AS BLOB) WHERE name = 'other'`,
    );
    const queries = await openBytes(bytes);
    assert.equal(queries.summary().runs.length, 1);
    queries.close();
  });

  it('does not resolve views that multiply', async function () {
    // 40 of them took 5 s when each was resolved; nobody needs them.
    this.timeout(2_000);
    let views = 'CREATE VIEW v0 AS SELECT 1 AS x;';
    for (let view = 0; view < 60; view++) {
      views += `CREATE VIEW v${view + 1} AS SELECT a.x FROM v${view} a, v${view} b;`;
    }
    bytes = await edited(views);
    const queries = await openBytes(bytes);
    assert.equal(queries.summary().runs.length, 1);
    queries.close();
  });

  it('does not evaluate the conditions of a hostile schema', async function () {
    this.timeout(5_000);
    bytes = await edited(
      `PRAGMA writable_schema = ON;
       UPDATE sqlite_schema SET sql = replace(sql, 'token       TEXT NOT NULL',
         'token TEXT NOT NULL CHECK (length(hex(zeroblob(200000000))) > 0)') WHERE name = 'llm_tokens'`,
    );
    const queries = await openBytes(bytes);
    assert.equal(queries.summary().runs[0]?.tokenCount, 500);
    queries.close();
  });

  it('refuses pages that are reached over and over', async () => {
    const database = await Database.open(bytes.slice());
    const root = Number(
      database.get("SELECT rootpage FROM sqlite_schema WHERE name = 'llm_tokens'")?.['rootpage'],
    );
    database.close();
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const page = (root - 1) * 4_096;
    assert.equal(view.getUint8(page), 2, 'the root is an inner page of an index');
    // Every child of the root becomes its first child.
    const firstChild = view.getUint32(page + view.getUint16(page + 12));
    for (let cell = 0; cell < view.getUint16(page + 3); cell++) {
      view.setUint32(page + view.getUint16(page + 12 + cell * 2), firstChild);
    }
    view.setUint32(page + 8, firstChild);
    writeFileSync(path, bytes);
    await assertRefused('corrupt', /damaged too badly/);
  });

  it('asks before it reads more than the set size, also from bytes', async () => {
    writeFileSync(path, bytes);
    for (const source of [
      { kind: 'path', path },
      { kind: 'bytes', bytes, fileName: 'a.llmtrace' },
    ] as const) {
      await assert.rejects(
        openTrace({ source, openReader, stallRule, confirmAboveBytes: 1_000 }),
        (error) => error instanceof TraceError && error.code === 'confirm-size',
      );
    }
  });
});
