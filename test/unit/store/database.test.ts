import assert from 'node:assert/strict';
import { Database } from '../../../src/store/database.js';
import { TraceError } from '../../../src/protocol/errors.js';

describe('Database', () => {
  let database: Database;
  beforeEach(async () => {
    database = await Database.open();
    database.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)');
  });
  afterEach(() => database.close());

  const insert = (b: string): void => database.run('INSERT INTO t (b) VALUES (?)', [b]);

  it('reads rows as objects, one by one, and by position', () => {
    insert('x');
    insert('y');
    assert.deepEqual(
      database.all('SELECT * FROM t').map((row) => ({ ...row })),
      [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
    );
    assert.equal(database.get('SELECT b FROM t WHERE a = ?', [2])?.['b'], 'y');
    assert.equal(database.get('SELECT b FROM t WHERE a = ?', [3]), undefined);
    const seen: unknown[] = [];
    database.each('SELECT a, b FROM t ORDER BY a', [], (row) => seen.push([...row]));
    assert.deepEqual(seen, [
      [1, 'x'],
      [2, 'y'],
    ]);
  });

  it('enforces foreign keys', () => {
    database.exec('CREATE TABLE child (a REFERENCES t)');
    assert.throws(() => database.run('INSERT INTO child VALUES (7)'), /FOREIGN KEY/);
  });

  it('frees a statement when the work on its rows throws', () => {
    insert('x');
    assert.throws(
      () =>
        database.each('SELECT * FROM t', [], () => {
          throw new Error('mine');
        }),
      /mine/,
    );
    // An unfinished SELECT would keep the table locked.
    database.exec('DROP TABLE t');
  });

  it('runs the same statement inside itself', () => {
    insert('x');
    insert('y');
    const pairs: unknown[] = [];
    database.each('SELECT b FROM t ORDER BY a', [], ([outer]) =>
      database.each('SELECT b FROM t ORDER BY a', [], ([inner]) => pairs.push([outer, inner])),
    );
    assert.equal(pairs.length, 4);
  });

  it('does not keep the parameters of the run before', () => {
    insert('x');
    database.get('SELECT * FROM t WHERE b = ?', ['x']);
    assert.equal(database.get('SELECT * FROM t WHERE b = ?'), undefined);
  });

  it('undoes a transaction that throws, and goes on working', () => {
    assert.throws(
      () =>
        database.transaction(() => {
          insert('x');
          throw new Error('mine');
        }),
      /mine/,
    );
    database.transaction(() => insert('y'));
    assert.deepEqual(
      database.all('SELECT b FROM t').map((row) => row['b']),
      ['y'],
    );
  });

  it('throws Errors where sql.js throws strings', () => {
    assert.throws(() => database.get('SELECT ?', [{} as never]), Error);
    assert.throws(() => database.all('SELECT nonsense'), Error);
    database.close();
    assert.throws(() => database.all('SELECT 1'), Error);
  });

  it('keeps NUL and replaces lone surrogates in texts', () => {
    insert('a\0b');
    insert('a\uD800b');
    const texts = database
      .all('SELECT CAST(b AS BLOB) AS b FROM t ORDER BY a')
      .map((row) => new TextDecoder().decode(row['b'] as Uint8Array));
    assert.deepEqual(texts, ['a\0b', 'a\uFFFDb']);
  });

  it('survives more distinct statements than it caches', () => {
    for (let i = 0; i < 100; i++)
      assert.equal(database.get(`SELECT ${i} AS n, ? AS p`, [i])?.['p'], i);
    assert.equal(database.get('SELECT 0 AS n, ? AS p', [5])?.['p'], 5);
  });

  it('opens what it exported, in the very bytes that it is given', async () => {
    insert('x');
    const bytes = database.export();
    const copy = await Database.open(bytes);
    copy.run("UPDATE t SET b = 'changed'");
    copy.close();
    assert.ok(Buffer.from(bytes).includes('changed'), 'the image is aliased, not copied');
    const again = await Database.open(bytes);
    assert.equal(again.get('SELECT b FROM t')?.['b'], 'changed');
    again.close();
  });

  it('says that bytes are not a database, or a damaged one', async () => {
    await assert.rejects(
      Database.open(new Uint8Array(8192).fill(65)),
      (error) => error instanceof TraceError && error.code === 'not-a-database',
    );
    const bytes = database.export();
    bytes.fill(255, 100, 200);
    await assert.rejects(
      Database.open(bytes),
      (error) => error instanceof TraceError && error.code === 'corrupt',
    );
  });
});
