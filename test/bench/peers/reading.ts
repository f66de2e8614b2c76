/** The same file through our store (sql.js, in memory) and through SQLite as native code (better-sqlite3). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLargeTrace } from '../../../demo/large.js';
import { openReader } from '../../../src/formats/registry.js';
import { stepKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { openTrace } from '../../../src/store/openTrace.js';
import { percentile } from '../figures.js';
import type { Peers } from './install.js';
import { milliseconds, table, times } from './tables.js';

/** As much of better-sqlite3 as is used here: its types are not installed. */
interface NativeDatabase {
  prepare(sql: string): { all(...params: unknown[]): readonly Readonly<Record<string, unknown>>[] };
  close(): void;
}
type NativeSqlite = new (path: string, options: { readonly: boolean }) => NativeDatabase;

const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };
const opens = 7;
const tokensInOrder =
  'SELECT token_index, offset_us, kind, read_index, token FROM llm_tokens WHERE call_key = ? ORDER BY token_index';

interface Times {
  readonly opening: number[];
  /** Of a call that nobody asked for before, in milliseconds. */
  readonly reading: number[];
}

export async function compareReading({ modules }: Peers): Promise<string> {
  const Native = createRequire(join(modules, 'any.js'))('better-sqlite3') as NativeSqlite;
  const folder = await mkdtemp(join(tmpdir(), 'llm-stream-reading-'));
  const rows: string[][] = [];
  try {
    for (const [calls, tokensPerCall] of [
      [100, 1_000],
      [1, 100_000],
    ] as const) {
      const path = join(folder, `${calls}.llmtrace`);
      await writeFile(path, await buildLargeTrace({ calls, tokensPerCall }));
      const ours: Times = { opening: [], reading: [] };
      const native: Times = { opening: [], reading: [] };
      // In turns, so that whatever else the machine does disturbs both alike.
      for (let round = 0; round < opens; round++) {
        await timeOurs(path, tokensPerCall, ours);
        timeNative(Native, path, tokensPerCall, native);
      }
      const what = `${calls} × ${tokensPerCall.toLocaleString('en')} tokens`;
      const [open, read] = [percentile(ours.opening, 50), percentile(ours.reading, 50)];
      for (const [name, { opening, reading }] of [
        ['this store (columns)', ours],
        ['better-sqlite3 (rows)', native],
      ] as const) {
        const [p50, p95] = [percentile(reading, 50), percentile(reading, 95)];
        rows.push([
          ...[what, name, milliseconds(percentile(opening, 50))],
          ...[times(percentile(opening, 50), open), milliseconds(p50), milliseconds(p95)],
          times(p50, read),
        ]);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return table(
    'Reading the same file',
    ['file', 'by', 'open, p50', 'ratio', 'read one call, p50', 'p95', 'ratio'],
    rows,
  );
}

async function timeOurs(path: string, tokensPerCall: number, { opening, reading }: Times) {
  const start = performance.now();
  const trace = await openTrace({ source: { kind: 'path', path }, openReader, stallRule });
  opening.push(performance.now() - start);
  // Steps have the keys of the file's rows.
  for (const call of callsToRead(tokensPerCall)) {
    const before = performance.now();
    const { count } = trace.tokens(stepKey(call));
    reading.push(performance.now() - before);
    assertWhole(count, tokensPerCall);
  }
  trace.close();
}

function timeNative(
  Native: NativeSqlite,
  path: string,
  tokensPerCall: number,
  { opening, reading }: Times,
): void {
  const start = performance.now();
  const database = new Native(path, { readonly: true });
  database.prepare('SELECT * FROM runs').all();
  opening.push(performance.now() - start);
  for (const call of callsToRead(tokensPerCall)) {
    const before = performance.now();
    const { length } = database.prepare(tokensInOrder).all(call);
    reading.push(performance.now() - before);
    assertWhole(length, tokensPerCall);
  }
  database.close();
}

const callsToRead = (tokensPerCall: number): readonly number[] =>
  tokensPerCall === 1_000 ? Array.from({ length: 20 }, (_, place) => place + 1) : [1];

function assertWhole(count: number, wanted: number): void {
  if (count !== wanted) throw new Error(`${count} of ${wanted} tokens were read.`);
}
