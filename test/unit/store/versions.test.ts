import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '../../../src/store/database.js';
import { latestVersion, migrate, nativeVersion } from '../../../src/store/native/migrations.js';
import { NativeReader } from '../../../src/store/native/nativeReader.js';
import { assertOwnSchema } from '../../../src/store/native/ownSchema.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';
import { TraceQueries } from '../../../src/store/traceQueries.js';
import { stallRule } from './exampleTrace.js';

const folder = join(import.meta.dirname, '../../fixtures/native');
const fixtureOf = (version: number): string => join(folder, `version-${version}.llmtrace`);
const versions = Array.from({ length: latestVersion }, (_, index) => index + 1);

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Every object of the schema, and every row of every table. */
function dump(database: Database): ReadonlyMap<string, Rows> {
  const objects = database.all('SELECT type, name, sql FROM sqlite_schema ORDER BY name');
  const tables = objects.filter(({ type }) => type === 'table').map(({ name }) => String(name));
  const rows = (sql: string): Rows => database.all(sql).map((row) => ({ ...row }));
  return new Map([
    ['schema', rows('SELECT type, name, sql FROM sqlite_schema ORDER BY name')],
    ...tables.map((table) => [table, rows(`SELECT * FROM ${table}`)] as const),
  ]);
}

/** Rows with the columns that an earlier version has, too. */
function asBefore(rows: Rows, before: Rows): Rows {
  const names = Object.keys(before[0] ?? {});
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
}

describe('files of every version of the format', () => {
  it('are kept: one of each', () => {
    for (const version of versions) {
      assert.ok(
        existsSync(fixtureOf(version)),
        `Version ${version} has no fixture. Make it with: npx tsx test/fixtures/native/make.ts`,
      );
    }
  });

  for (const version of versions) {
    describe(`version ${version}`, () => {
      let database: Database;
      beforeEach(async () => (database = await Database.open(readFileSync(fixtureOf(version)))));
      afterEach(() => database.close());

      it('is what it says', () => {
        assert.equal(nativeVersion(database), version);
        assertOwnSchema(database);
        assert.ok((dump(database).get('llm_tokens')?.length ?? 0) > 30);
      });

      it('goes up without losing anything, and down again to what it was', () => {
        const before = dump(database);
        for (let up = version + 1; up <= latestVersion; up++) {
          migrate(database, up);
          assertOwnSchema(database);
        }
        const after = dump(database);
        assert.deepEqual([...after.keys()], [...before.keys()]);
        for (const [table, rows] of before) {
          if (table === 'schema') continue;
          assert.deepEqual(asBefore(after.get(table) ?? [], rows), rows, table);
        }
        migrate(database, version);
        assert.deepEqual(dump(database), before);
        assert.equal(nativeVersion(database), version);
      });

      it('goes down to every older version, losing only what that has no columns for', () => {
        const before = dump(database);
        for (let down = version - 1; down >= 1; down--) {
          migrate(database, down);
          assertOwnSchema(database);
          for (const [table, rows] of dump(database)) {
            if (table === 'schema') continue;
            assert.deepEqual(rows, asBefore(before.get(table) ?? [], rows), table);
          }
        }
      });

      it('is read as it is', () => {
        const reader = NativeReader.open(database);
        const queries = new TraceQueries({
          ...{ reader, fileName: 'a.llmtrace', generation: 1, stallRule, notices: () => [] },
        });
        const { formatLabel, runs } = queries.summary();
        assert.equal(formatLabel, `LLM Stream trace ${version}`);
        const calls = queries
          .run(runs[0]!.key)
          .steps.flatMap(({ id, call }) => (call ? [{ id, ...call }] : []));
        assert.deepEqual(
          calls.map(({ id, state, aggregated, receivedTokens }) => [
            ...[id, state, aggregated, receivedTokens],
          ]),
          [
            ['call-whole', 'completed', false, 30],
            ['call-aggregated', 'completed', true, 100],
            ['call-failed', 'failed', false, 2],
            ['call-streaming', 'streaming', false, 1],
          ],
        );
        const [whole, aggregated] = calls.map(({ metrics }) => metrics);
        assert.deepEqual([whole?.ttftUs, whole?.stallCount], [300_000, 1]);
        // Version 1 kept neither tokens nor gaps of an aggregated call.
        assert.equal(aggregated?.stallCount, version === 1 ? null : 4);
        assert.deepEqual(
          [aggregated?.ttftUs, aggregated?.icl?.p50, aggregated?.icl?.max],
          [300_000, 20_000, 2_020_000],
        );
      });

      it('is written in the newest version', async () => {
        const writer = await TraceWriter.fromBytes(readFileSync(fixtureOf(version)));
        const written = await Database.open(writer.toBytes());
        writer.close();
        assert.equal(nativeVersion(written), latestVersion);
        written.close();
      });
    });
  }
});
