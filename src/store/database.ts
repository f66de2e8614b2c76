/**
 * The one file that knows sql.js: SQLite compiled to WebAssembly, over one image in memory.
 *
 * - Statements are always freed, also when the work on their rows throws.
 * - Whatever is thrown is an Error (sql.js throws strings too); damage of the image is a {@link TraceError}.
 * - Texts with NUL inside are cut there when they are read as text: read `CAST(column AS BLOB)`.
 */
import initSqlJs from 'sql.js';
import type { Database as Image, SqlJsStatic, Statement } from 'sql.js';
import { TraceError } from '../protocol/errors.js';

export type SqlValue = number | string | Uint8Array | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** More than the distinct statements of any reader; what is beyond is prepared anew. */
const cachedStatements = 64;

/** Compiled once; every database has its own image in it. */
let engine: Promise<SqlJsStatic> | undefined;

export class Database {
  /** Prepared statements that nobody uses at the moment, the least recently used first. */
  private readonly idle = new Map<string, Statement>();
  private closed = false;
  private inTransaction = false;

  private constructor(
    private readonly image: Image,
    private readonly pages: Uint8Array | null,
  ) {}

  /**
   * An empty database, or one over `bytes`, which belong to the database from now on: they are aliased
   * and not copied, so that a large trace is in memory once.
   * @throws TraceError `not-a-database`, `corrupt`
   */
  static async open(bytes?: Uint8Array): Promise<Database> {
    // The wasm file lies beside sql.js: in its package, and in dist/ beside the bundle.
    const sql = await (engine ??= initSqlJs());
    // sql.js copies a plain Uint8Array but aliases a Buffer.
    const image = bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const database = new Database(
      guard(() => new sql.Database(image)),
      bytes ?? null,
    );
    try {
      // A trace is hostile: its schema may not call functions with effects, nor lie about cell sizes.
      // The image is memory: there is nothing to sync, and a journal file in it would be one more copy.
      database.exec(
        `PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
         PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF`,
      );
      return database;
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  }

  /** All rows as objects by column name: for few rows. */
  all(sql: string, params: readonly SqlValue[] = []): SqlRow[] {
    return this.withStatement(sql, params, (statement) => {
      const rows: SqlRow[] = [];
      while (statement.step()) rows.push(statement.getAsObject());
      return rows;
    });
  }

  /** The first row, or undefined. */
  get(sql: string, params: readonly SqlValue[] = []): SqlRow | undefined {
    return this.withStatement(sql, params, (statement) =>
      statement.step() ? statement.getAsObject() : undefined,
    );
  }

  /** Streams rows by position: for many rows. */
  each(sql: string, params: readonly SqlValue[], onRow: (row: readonly SqlValue[]) => void): void {
    this.withStatement(sql, params, (statement) => {
      while (statement.step()) onRow(statement.get());
    });
  }

  run(sql: string, params: readonly SqlValue[] = []): void {
    this.withStatement(sql, params, (statement) => {
      while (statement.step());
    });
  }

  /** Runs one statement once for every list of parameters; wrap it in a {@link transaction}. */
  runMany(sql: string, parameterLists: Iterable<readonly SqlValue[]>): void {
    this.withStatement(sql, [], (statement) => {
      for (const params of parameterLists) statement.run(bindable(params));
    });
  }

  /**
   * Adds a row and returns its `key`. Table and columns are names of our own code, never of a file.
   * @throws when the row breaks a rule of the schema.
   */
  insert(table: string, key: string, values: Readonly<Record<string, SqlValue>>): number {
    const names = Object.keys(values);
    const row = this.get(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
       RETURNING ${key}`,
      Object.values(values),
    );
    return Number(row?.[key]);
  }

  /** Changes columns of the row; those that are undefined stay as they are. */
  update(
    table: string,
    key: string,
    keyValue: number,
    values: Readonly<Record<string, SqlValue | undefined>>,
  ): void {
    const given = Object.entries(values).filter(
      (entry): entry is [string, SqlValue] => entry[1] !== undefined,
    );
    if (given.length === 0) return;
    this.run(
      `UPDATE ${table} SET ${given.map(([name]) => `${name} = ?`).join(', ')} WHERE ${key} = ?`,
      [...given.map(([, value]) => value), keyValue],
    );
  }

  /** Changes those of the columns that are NULL. */
  fill(
    table: string,
    key: string,
    keyValue: number,
    values: Readonly<Record<string, SqlValue>>,
  ): void {
    const assignments = Object.keys(values).map((name) => `${name} = coalesce(${name}, ?)`);
    this.run(`UPDATE ${table} SET ${assignments.join(', ')} WHERE ${key} = ?`, [
      ...Object.values(values),
      keyValue,
    ]);
  }

  /** A script of several statements without parameters. */
  exec(script: string): void {
    guard(() => this.image.exec(script));
  }

  /** All of `work` or nothing of it; within another transaction, all of that or nothing. */
  transaction<T>(work: () => T): T {
    if (this.inTransaction) return work();
    this.exec('BEGIN');
    this.inTransaction = true;
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (thrown) {
      try {
        this.exec('ROLLBACK');
      } catch {
        // SQLite has rolled back by itself (a full or damaged image); the first error says why.
      }
      throw thrown;
    } finally {
      this.inTransaction = false;
    }
  }

  /** A copy of the image. Throws inside a transaction. */
  export(): Uint8Array {
    return guard(() => this.image.export());
  }

  /** The bytes that it was opened over, to be read only; null when there were none, or some row was written since. */
  unchangedImage(): Uint8Array | null {
    const isChanged = this.get('SELECT total_changes() AS rows')?.['rows'] !== 0;
    return isChanged ? null : this.pages;
  }

  /** How large the image is. */
  imageBytes(): number {
    const pages = this.get('PRAGMA page_count')?.['page_count'];
    return Number(pages) * Number(this.get('PRAGMA page_size')?.['page_size']);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const statement of this.idle.values()) statement.free();
    this.idle.clear();
    this.image.close();
  }

  private withStatement<T>(
    sql: string,
    params: readonly SqlValue[],
    work: (statement: Statement) => T,
  ): T {
    return guard(() => {
      // Taken out while in use: the work may run the same SQL again.
      const statement = this.idle.get(sql) ?? this.image.prepare(sql);
      this.idle.delete(sql);
      let result: T;
      try {
        if (params.length > 0) statement.bind(bindable(params));
        result = work(statement);
        statement.reset();
      } catch (thrown) {
        statement.free();
        throw thrown;
      }
      this.keep(sql, statement);
      return result;
    });
  }

  private keep(sql: string, statement: Statement): void {
    if (this.closed || this.idle.has(sql)) {
      statement.free();
      return;
    }
    this.idle.set(sql, statement);
    if (this.idle.size <= cachedStatements) return;
    for (const [oldest, unused] of this.idle) {
      this.idle.delete(oldest);
      unused.free();
      return;
    }
  }
}

/** sql.js miscounts the bytes of a text with a lone surrogate, and would bind what lies behind it. */
function bindable(params: readonly SqlValue[]): SqlValue[] {
  return params.map((value) =>
    typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\uFFFD') : value,
  );
}

function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw asError(thrown);
  }
}

function asError(thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof TraceError) return error;
  if (error.name === 'RuntimeError') {
    // A trap inside WebAssembly leaves its memory in any state: this process must not go on with it.
    setImmediate(() => {
      throw error;
    });
  }
  if (
    /^(database disk image is malformed|malformed database schema|disk I\/O error|unsupported file format)/.test(
      error.message,
    )
  ) {
    return new TraceError(
      'corrupt',
      'The file is damaged and cannot be read. Open a copy from before the damage, or try to recover it with: sqlite3 FILE .recover',
      error.message,
    );
  }
  if (/^file is not a database/.test(error.message)) {
    return new TraceError(
      'not-a-database',
      'This is not a trace file: it is not a SQLite database.',
      error.message,
    );
  }
  return error;
}
