/** The file beside what the requirements describe word for word: text ids, times in ms, three indexes. */
import initSqlJs from 'sql.js';
import { Random } from '../../../demo/random.js';
import { manyTokens } from '../../../demo/large.js';
import type { Token } from '../../../src/model/tokens.js';
import { epochMicroseconds } from '../../../src/model/units.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';
import { percentile, timeRuns } from '../figures.js';
import { milliseconds, table, times } from './tables.js';

const tokenCount = 100_000;
const batch = 1_000;
const rounds = 5;

interface Storage {
  /** Writes all tokens, a batch in each transaction. */
  write(tokens: readonly Token[]): void;
  /** All tokens of the call in order, as rows. */
  read(): number;
  bytes(): number;
  close(): void;
}

export async function compareStorage(): Promise<string> {
  const tokens = manyTokens(new Random(1), tokenCount);
  const kinds = { 'this format': ownStorage, 'text ids, three indexes': plainStorage };
  const rows: string[][] = [];
  let ours: number[] | undefined;
  for (const [name, make] of Object.entries(kinds)) {
    const [writing, reading, sizes]: number[][] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      const storage = await make();
      writing?.push(...(await timeRuns(1, () => storage.write(tokens))));
      storage.read();
      reading?.push(...(await timeRuns(3, () => storage.read())));
      sizes?.push(storage.bytes());
      storage.close();
    }
    const values = [
      (sizes?.[0] ?? NaN) / tokenCount,
      percentile(writing ?? [], 50) / (tokenCount / batch),
      percentile(reading ?? [], 50),
    ];
    ours ??= values;
    const ratio = (index: number): string => times(values[index] ?? NaN, ours?.[index] ?? NaN);
    rows.push([
      ...[name, 'sql.js', `${(values[0] ?? NaN).toFixed(1)} bytes (${ratio(0)})`],
      `${milliseconds(values[1] ?? NaN)} (${ratio(1)})`,
      `${milliseconds(values[2] ?? NaN)} (${ratio(2)})`,
    ]);
  }
  return table(
    `Storage: ${tokenCount.toLocaleString('en')} tokens of one call`,
    ['schema', 'engine', 'a token', 'insert 1,000', 'read all, warm'],
    rows,
  );
}

async function ownStorage(): Promise<Storage> {
  const writer = await TraceWriter.create();
  const startedAtUs = epochMicroseconds(0);
  const run = writer.addRun({ id: 'run', name: 'run', startedAtUs });
  const call = writer.startCall({
    ...{ id: 'call', run, name: 'call', startedAtUs, streaming: true, clockSource: 'proxy' },
  });
  return {
    write: (tokens) => {
      for (let from = 0; from < tokens.length; from += batch) {
        writer.addTokens(call, tokens.slice(from, from + batch));
      }
    },
    read: () =>
      writer.database.all(
        'SELECT token_index, offset_us, token FROM llm_tokens WHERE call_key = ? ORDER BY token_index',
        [call],
      ).length,
    bytes: () => writer.toBytes().length,
    close: () => writer.close(),
  };
}

async function plainStorage(): Promise<Storage> {
  const { Database } = await initSqlJs();
  const database = new Database();
  database.run(`
    CREATE TABLE llm_tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, llm_call_id TEXT NOT NULL,
      token_index INTEGER NOT NULL, token TEXT NOT NULL, timestamp_ms INTEGER NOT NULL, delta_ms INTEGER, metadata TEXT);
    CREATE INDEX by_run ON llm_tokens (run_id);
    CREATE INDEX by_call ON llm_tokens (llm_call_id);
    CREATE INDEX by_time ON llm_tokens (timestamp_ms);`);
  const run = '6f1c0a52-9d1e-4a55-8f5e-1f0d3a6f2b11';
  const call = '0c4b7c0e-52f4-4d8b-9a53-7f1d9d8f6a20';
  return {
    write: (tokens) => {
      const insert = database.prepare(
        'INSERT INTO llm_tokens (run_id, llm_call_id, token_index, token, timestamp_ms, delta_ms) VALUES (?, ?, ?, ?, ?, ?)',
      );
      let beforeMs = 0;
      for (let from = 0; from < tokens.length; from += batch) {
        database.run('BEGIN');
        for (const [position, { text, offsetUs }] of tokens.slice(from, from + batch).entries()) {
          const atMs = Math.round(offsetUs / 1_000);
          insert.run([run, call, from + position, text, atMs, atMs - beforeMs]);
          beforeMs = atMs;
        }
        database.run('COMMIT');
      }
      insert.free();
    },
    read: () => {
      const select = database.prepare(
        'SELECT token_index, timestamp_ms, token FROM llm_tokens WHERE llm_call_id = ? ORDER BY token_index',
      );
      select.bind([call]);
      let rows = 0;
      while (select.step()) {
        select.getAsObject();
        rows++;
      }
      select.free();
      return rows;
    },
    bytes: () => database.export().length,
    close: () => database.close(),
  };
}
