/** What a trace format is: how its files are recognised by their content, and read. */
import type { Database } from '../store/database.js';
import type { TraceReader } from '../store/traceReader.js';

export interface ReadOptions {
  /** Fernet keys to try on encrypted data, as the user typed them. */
  readonly keys: readonly string[];
}

export interface TraceFormat {
  /** How its files are called in sentences: "Agent Inspector databases". */
  readonly label: string;
  /** What is looked for in a file, in words. */
  readonly sign: string;
  /** By content (tables, columns, application_id), never by the file's name. */
  recognises(database: Database): boolean;
  /**
   * The reader owns the database from now on.
   * @throws TraceError `key-needed`, `key-wrong`, `too-new` or `corrupt`.
   */
  open(database: Database, options: ReadOptions): TraceReader;
}
