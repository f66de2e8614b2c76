import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TokenKind } from '../../../src/model/tokens.js';
import { type StepKey, stepKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { Database } from '../../../src/store/database.js';
import { TokenPages } from '../../../src/store/native/tokenPages.js';
import { createVersion1 } from '../../../src/store/native/schema.js';
import { readTokens } from '../../../src/store/native/tokenRows.js';
import { ExampleTrace } from './exampleTrace.js';

/** Longer than one page holds, rarely. */
const texts = fc.oneof(
  { arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }), weight: 20 },
  { arbitrary: fc.string({ minLength: 100, maxLength: 1_500 }), weight: 1 },
);
const tokens = fc.array(
  fc.record({
    text: texts,
    gapUs: fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.constant(2 ** 45)),
    skipped: fc.oneof(fc.constant(0), fc.nat(100_000)),
    readIndex: fc.option(fc.nat()),
  }),
  { maxLength: 400 },
);
type Tokens = typeof tokens extends fc.Arbitrary<infer T> ? T : never;

async function imageOf(calls: readonly Tokens[]): Promise<Database> {
  const trace = await ExampleTrace.create();
  calls.forEach((call, number) => {
    let [atUs, index] = [0, -1];
    const key = trace.startCall(`call-${number}`);
    trace.writer.addTokens(
      key,
      call.map(({ text, gapUs, skipped, readIndex }) => ({
        offsetUs: microseconds((atUs += gapUs)),
        index: (index += 1 + skipped),
        ...{ text, kind: TokenKind.text },
        ...(readIndex === null ? {} : { readIndex }),
      })),
    );
  });
  const bytes = trace.writer.toBytes();
  trace.writer.close();
  return Database.open(bytes);
}

const callsOf = (database: Database): StepKey[] =>
  database.all('SELECT call_key FROM llm_calls').map((row) => stepKey(Number(row['call_key'])));

describe('tokens read from the pages of an image', () => {
  it('are those that SQLite reads', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(tokens, { maxLength: 5 }), async (calls) => {
        const database = await imageOf(calls);
        try {
          const pages = TokenPages.of(database);
          for (const call of [...callsOf(database), stepKey(99)]) {
            const bySql = readTokens(database, call);
            // A text that is longer than a page is left to SQLite.
            const isShort = bySql.textEnd.every(
              (end, at) => end - (bySql.textEnd[at - 1] ?? 0) < 900,
            );
            const byPages = pages?.tokens(call) ?? null;
            if (isShort && calls.flat().every(({ text }) => Buffer.byteLength(text) < 900)) {
              assert.deepEqual(byPages, bySql);
              assert.equal(pages?.count(call), bySql.count);
            } else if (byPages) {
              assert.deepEqual(byPages, bySql);
            }
          }
        } finally {
          database.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are found over several levels of pages', async () => {
    const call = Array.from({ length: 30_000 }, (_, at) => ({
      ...{ text: `token ${at}`, gapUs: at % 90, skipped: 0, readIndex: at },
    }));
    const database = await imageOf([call.slice(0, 10), call, call.slice(0, 3)]);
    const pages = TokenPages.of(database);
    const found = callsOf(database).map((key) => pages?.count(key));
    assert.deepEqual(found, [10, 30_000, 3]);
    for (const key of callsOf(database)) {
      assert.deepEqual(pages?.tokens(key), readTokens(database, key));
    }
    database.close();
  });

  for (const pageSize of [512, 1_024, 65_536]) {
    for (const reserved of [0, 20]) {
      it(`are those of pages of ${pageSize} bytes, ${reserved} of them reserved, after deletions`, async () => {
        const database = await Database.open(await emptyImage(pageSize, reserved));
        database.exec(`
          ${createVersion1}
          INSERT INTO runs (run_key, run_id, started_at_us) VALUES (1, 'run', 1);
          INSERT INTO steps (step_key, step_id, run_key, type, started_at_us)
            SELECT column1, column1, 1, 'llm_call', 1 FROM (VALUES (1), (300), (${2 ** 33}));
          INSERT INTO llm_calls (call_key, state) SELECT step_key, 'completed' FROM steps;
          INSERT INTO llm_tokens
            SELECT call_key, value, value * 1000003, value % 7, nullif(value % 3, 0),
                   substr('some words of a text', 1 + value % 20), iif(value % 5, NULL, '{"a":1}')
            FROM llm_calls, (WITH RECURSIVE numbers (value) AS
              (SELECT 0 UNION ALL SELECT value + 1 FROM numbers LIMIT 2000) SELECT value FROM numbers);
          DELETE FROM llm_tokens WHERE token_index % 11 = 3 OR (call_key = 300 AND token_index > 5)`);
        const opened = await Database.open(database.export());
        database.close();
        const pages = TokenPages.of(opened);
        for (const call of [...callsOf(opened), stepKey(2)]) {
          const bySql = readTokens(opened, call);
          assert.deepEqual(pages?.tokens(call), bySql);
          assert.equal(pages.count(call), bySql.count);
        }
        opened.close();
      });
    }
  }

  it('are left to SQLite once a row was written', async () => {
    const database = await imageOf([[]]);
    assert.ok(TokenPages.of(database));
    database.run("UPDATE llm_calls SET state = 'completed'");
    assert.equal(TokenPages.of(database), null);
    database.close();
  });

  it('are left to SQLite in a table that another program made', async () => {
    const database = await imageOf([[]]);
    const other = await Database.open(database.export());
    other.exec('ALTER TABLE llm_tokens ADD COLUMN note TEXT');
    assert.equal(TokenPages.of(await Database.open(other.export())), null);
    other.close();
    database.close();
  });

  it('are left to SQLite where pages lead in a circle', async () => {
    const call = Array.from({ length: 2_000 }, (_, at) => ({
      ...{ text: `t${at}`, gapUs: 9, skipped: 0, readIndex: at },
    }));
    const database = await imageOf([call]);
    const rootPage = Number(
      database.get("SELECT rootpage FROM sqlite_schema WHERE name = 'llm_tokens'")?.['rootpage'],
    );
    const image = database.export();
    const root = new DataView(image.buffer, image.byteOffset + (rootPage - 1) * 4_096);
    for (let cell = 0; cell < root.getUint16(3); cell++) {
      root.setUint32(root.getUint16(12 + 2 * cell), rootPage);
    }
    database.close();
    const pages = TokenPages.of(await Database.open(image));
    assert.equal(pages?.tokens(stepKey(1)), null);
    assert.equal(pages.count(stepKey(1)), null);
  });

  it('are left to SQLite where a row says that its values begin before their types end', async () => {
    const database = await imageOf([tokensOf(3)]);
    const image = database.export();
    database.close();
    const leaf = leavesOf(image)[0]!;
    const row = leaf.getUint16(8) + 1;
    assert.equal(leaf.getUint8(row), 8, 'its seven types, and this byte');
    leaf.setUint8(row, 3);
    const opened = await Database.open(image);
    assert.equal(TokenPages.of(opened)?.tokens(stepKey(1)), null);
    opened.close();
  });

  it('have no more text than the image, also where a page has one row a hundred times', async () => {
    const database = await imageOf([tokensOf(40, 'x'.repeat(900))]);
    const image = database.export();
    database.close();
    for (const leaf of leavesOf(image)) {
      const row = leaf.getUint16(8);
      for (let cell = 0; cell < 300; cell++) leaf.setUint16(8 + 2 * cell, row);
      leaf.setUint16(3, 300);
    }
    const opened = await Database.open(image.slice());
    for (const tokens of [
      TokenPages.of(opened)?.tokens(stepKey(1)),
      readTokens(opened, stepKey(1)),
    ]) {
      assert.ok(tokens && tokens.count > 40);
      assert.ok(tokens.text.length <= image.length, `${tokens.text.length} of ${image.length}`);
      assert.equal(tokens.textEnd.at(-1), tokens.text.length);
    }
    opened.close();
  });

  it('keep their promises, whatever the pages hold', async () => {
    const call = Array.from({ length: 2_000 }, (_, at) => ({
      ...{ text: `t${at}`, gapUs: 9, skipped: 0, readIndex: at },
    }));
    const database = await imageOf([call, call]);
    const image = database.export();
    const calls = callsOf(database);
    database.close();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255)), { minLength: 1, maxLength: 200 }),
        async (changes) => {
          const damaged = image.slice();
          for (const [at, value] of changes) if (at >= schemaBytes) damaged[at] = value;
          const opened = await Database.open(damaged);
          const pages = TokenPages.of(opened);
          for (const key of calls) {
            pages?.count(key);
            const { count, index, textEnd, text } = pages?.tokens(key) ?? readNothing;
            assert.equal(textEnd.at(-1) ?? 0, text.length);
            for (let at = 1; at < count; at++) assert.ok(index[at]! > index[at - 1]!);
          }
          opened.close();
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** With that many bytes of each page left to others, as some extensions of SQLite do. */
async function emptyImage(pageSize: number, reserved: number): Promise<Uint8Array> {
  const database = await Database.open();
  database.exec(`PRAGMA page_size = ${pageSize}; VACUUM`);
  const image = database.export();
  database.close();
  const header = new DataView(image.buffer, image.byteOffset);
  header.setUint8(20, reserved);
  // Where the cells of the first page begin.
  header.setUint16(105, (pageSize - reserved) % 65_536);
  return image;
}

const tokensOf = (count: number, text = 'a token'): Tokens =>
  Array.from({ length: count }, (_, at) => ({ text, gapUs: 9, skipped: 0, readIndex: at }));

/** Pages with tokens; they alone have more than one row of an index b-tree here. */
function leavesOf(image: Uint8Array): DataView[] {
  const pages = Array.from(
    { length: image.length / 4_096 },
    (_, page) => new DataView(image.buffer, image.byteOffset + page * 4_096, 4_096),
  );
  return pages.filter((page) => page.getUint8(0) === 10 && page.getUint16(3) > 1);
}

/** Damage there is found before anything is read. */
const schemaBytes = 16 * 4_096;

const readNothing = {
  ...{ count: 0, index: new Uint32Array(), textEnd: new Uint32Array(), text: new Uint8Array() },
};
