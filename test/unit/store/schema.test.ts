import assert from 'node:assert/strict';
import { Database } from '../../../src/store/database.js';
import { migrate } from '../../../src/store/native/migrations.js';
import { ExampleTrace } from './exampleTrace.js';

describe('native schema', () => {
  let database: Database;
  beforeEach(async () => {
    database = await Database.open();
    migrate(database);
  });
  afterEach(() => database.close());

  const plan = (sql: string): string =>
    database
      .all(`EXPLAIN QUERY PLAN ${sql}`)
      .map((row) => row['detail'])
      .join('\n');

  const lookups: readonly [string, string, RegExp][] = [
    [
      'steps of a run, by time',
      'SELECT * FROM steps WHERE run_key = 1 ORDER BY started_at_us',
      /^SEARCH steps USING INDEX steps_by_run \(run_key=\?\)$/,
    ],
    [
      'steps of a run in a time range',
      'SELECT * FROM steps WHERE run_key = 1 AND started_at_us BETWEEN 5 AND 9',
      /^SEARCH steps USING INDEX steps_by_run \(run_key=\? AND started_at_us>\? AND started_at_us<\?\)$/,
    ],
    [
      'runs in a time range',
      'SELECT * FROM runs WHERE started_at_us BETWEEN 5 AND 9',
      /^SEARCH runs USING INDEX runs_by_start/,
    ],
    [
      'a run by its id from outside',
      "SELECT * FROM runs WHERE run_id = 'x'",
      /^SEARCH runs USING INDEX sqlite_autoindex_runs_1 \(run_id=\?\)$/,
    ],
    [
      'tokens of a call in order',
      'SELECT * FROM llm_tokens WHERE call_key = 1 ORDER BY token_index',
      /^SEARCH llm_tokens USING PRIMARY KEY \(call_key=\?\)$/,
    ],
    [
      'some tokens of a call',
      'SELECT * FROM llm_tokens WHERE call_key = 1 AND token_index BETWEEN 5 AND 9',
      /^SEARCH llm_tokens USING PRIMARY KEY \(call_key=\? AND token_index>\? AND token_index<\?\)$/,
    ],
    [
      'tokens of a call in a time range',
      'SELECT * FROM llm_tokens WHERE call_key = 1 AND offset_us BETWEEN 5 AND 9',
      /^SEARCH llm_tokens USING PRIMARY KEY \(call_key=\?\)$/,
    ],
    [
      'children of a step',
      'SELECT * FROM steps WHERE parent_step_key = 1',
      /^SEARCH steps USING (COVERING )?INDEX steps_by_parent/,
    ],
  ];
  for (const [what, sql, expected] of lookups) {
    it(`finds ${what} by an index, without sorting`, () => assert.match(plan(sql), expected));
  }

  it('finds tokens by the ids of the view without a scan', () => {
    const steps = plan("SELECT * FROM llm_tokens_by_id WHERE llm_call_id = 'x'");
    assert.doesNotMatch(steps, /SCAN|AUTOMATIC/);
  });

  it('refuses rows without their parents, and deletes them with their parents', async () => {
    assert.throws(
      () => database.run('INSERT INTO llm_tokens VALUES (9, 0, 0, 0, NULL, ?, NULL)', ['x']),
      /FOREIGN KEY/,
    );
    assert.throws(
      () =>
        database.run(
          "INSERT INTO steps (step_id, run_key, type, started_at_us) VALUES ('s', 9, 'custom', 0)",
        ),
      /FOREIGN KEY/,
    );
    const trace = await ExampleTrace.create();
    trace.addCall('call', 10);
    const filled = await Database.open(trace.writer.toBytes());
    trace.writer.close();
    filled.run('DELETE FROM runs');
    for (const table of ['steps', 'llm_calls', 'llm_tokens']) {
      assert.equal(filled.get(`SELECT count(*) AS n FROM ${table}`)?.['n'], 0, table);
    }
    filled.close();
  });

  it('keeps ids from outside apart', () => {
    const insert = (): void =>
      database.run("INSERT INTO runs (run_id, started_at_us) VALUES ('same', 0)");
    insert();
    assert.throws(insert, /UNIQUE/);
  });

  it('shows tokens by their ids, with times of the wall clock and since the token before', async () => {
    const trace = await ExampleTrace.create();
    trace.addCall('call-1', 3);
    trace.addCall('call-2', 1, {}, { clockSource: 'order-only' });
    const filled = await Database.open(trace.writer.toBytes());
    trace.writer.close();
    const rows = filled.all('SELECT * FROM llm_tokens_by_id ORDER BY llm_call_id, token_index');
    assert.deepEqual(
      rows.map((row) => [
        row['run_id'],
        row['llm_call_id'],
        row['token_index'],
        row['token'],
        row['kind'],
        row['timestamp_ms'],
        row['delta_ms'],
      ]),
      [
        ['run-1', 'call-1', 0, 't0 ', 'text', 1_700_000_001_100, 100],
        ['run-1', 'call-1', 1, 't1 ', 'text', 1_700_000_001_120, 20],
        ['run-1', 'call-1', 2, 't2 ', 'text', 1_700_000_001_140, 20],
        ['run-1', 'call-2', 0, 't0 ', 'text', null, null],
      ],
    );
    filled.close();
  });
});
