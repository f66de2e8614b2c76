import assert from 'node:assert/strict';
import { openReader } from '../../../src/formats/registry.js';
import { Database } from '../../../src/store/database.js';
import { agentInspectorDatabase, recorderSchema } from '../../fixtures/agentInspectorDatabase.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';
import { epochMicroseconds } from '../../../src/model/units.js';
import { openBytes, openContent } from './opening.js';

async function databaseOf(script: string): Promise<Database> {
  const database = await Database.open();
  database.exec(script);
  return database;
}

async function opening(script: string): Promise<unknown> {
  return openReader(await databaseOf(script), { keys: [] });
}

describe('Recognising a trace by its content', () => {
  it('opens a native trace', async () => {
    const writer = await TraceWriter.create();
    writer.addRun({ id: 'r', name: 'native', startedAtUs: epochMicroseconds(1) });
    const reader = await openBytes(writer.toBytes());
    assert.match(reader.formatLabel, /^LLM Stream trace \d+$/);
    assert.equal(reader.runs()[0]?.name, 'native');
    reader.close();
  });

  it('opens an Agent Inspector database without runs', async () => {
    const reader = await openContent({ runs: [] });
    assert.deepEqual(reader.runs(), []);
    assert.deepEqual(reader.notices(), []);
    reader.close();
  });

  it('says of another database what was looked for', async () => {
    for (const script of [
      '',
      'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)',
      // Copilot Chat's agent-traces.db has a schema_version, too.
      'CREATE TABLE schema_version (version); CREATE TABLE spans (id)',
    ]) {
      await assert.rejects(opening(script), {
        name: 'TraceError',
        code: 'not-a-trace',
        message:
          'This is a SQLite database, but it holds no LLM traces. Looked for LLM Stream traces (an application_id of “LLMT”) and Agent Inspector databases (the tables schema_version, runs and steps).',
      });
    }
  });

  it('says that tables of the same names lack the columns', async () => {
    await assert.rejects(
      opening(
        'CREATE TABLE schema_version (version); CREATE TABLE runs (x); CREATE TABLE steps (y)',
      ),
      { code: 'not-a-trace', message: /not with its columns/ },
    );
  });

  it('refuses a newer schema without the columns that it needs, naming both versions', async () => {
    await assert.rejects(
      opening(
        'CREATE TABLE schema_version (version); INSERT INTO schema_version VALUES (3); CREATE TABLE runs (x); CREATE TABLE steps (y)',
      ),
      { code: 'too-new', message: /version 3.*version 1/ },
    );
  });

  it('opens a newer schema that only added to it, with a notice', async () => {
    const reader = await openContent({
      schema: `${recorderSchema} UPDATE schema_version SET version = 2; ALTER TABLE steps ADD COLUMN cost REAL;`,
      steps: [{}],
    });
    assert.equal(reader.formatLabel, 'Agent Inspector database 2');
    assert.equal(reader.steps(reader.runs()[0]!.key).length, 1);
    assert.match(reader.notices()[0] ?? '', /newer version/);
    reader.close();
  });

  it('does not read views, virtual tables and generated columns, which may compute anything', async () => {
    const endless =
      'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n';
    const columns = 'id, run_id, timestamp, type, data';
    for (const steps of [
      `CREATE VIEW steps (${columns}) AS SELECT x, x, x, x, x FROM (${endless})`,
      'CREATE VIRTUAL TABLE steps USING fts4 (id, run_id, timestamp, type, data)',
      "CREATE TABLE steps (id, run_id, timestamp, type, data AS (printf('%.*c', 2e9, 'x')))",
      `CREATE TABLE steps (${columns}, PRIMARY KEY (id)) WITHOUT ROWID`,
    ]) {
      const script = `CREATE TABLE schema_version (version); CREATE TABLE runs (id, started_at); ${steps}`;
      await assert.rejects(opening(script), { code: 'not-a-trace' }, steps);
    }
  });

  it('says in words that SQLite could not read the file', async () => {
    const database = await agentInspectorDatabase({ steps: [{}] });
    const reader = openReader(database, { keys: [] });
    const run = reader.runs()[0]!;
    database.exec('DROP TABLE steps');
    assert.throws(() => reader.steps(run.key), { name: 'TraceError', code: 'corrupt' });
    reader.close();
  });
});
