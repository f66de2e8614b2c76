import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Database } from '../../../src/store/database.js';
import { clearWalFlag, overlayWal } from '../../../src/store/source/walOverlay.js';
import { TraceError } from '../../../src/protocol/errors.js';

interface Expected {
  readonly queries: readonly string[];
  readonly cases: readonly (readonly (string | null)[])[];
}

/** What our overlay and sql.js answer; null where they fail. */
async function readOverlaid(
  main: Uint8Array,
  wal: Uint8Array,
  queries: readonly string[],
): Promise<(string | null)[]> {
  const image = overlayWal(main, wal);
  clearWalFlag(image);
  let database: Database;
  try {
    database = await Database.open(image);
  } catch (thrown) {
    assert.ok(thrown instanceof TraceError, String(thrown));
    return queries.map(() => null);
  }
  const answers = queries.map((query) => {
    try {
      return String(Object.values(database.get(query) ?? {})[0]);
    } catch {
      return null;
    }
  });
  database.close();
  return answers;
}

describe('overlayWal', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'wal-cases-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('reads what the real SQLite reads, however a writer left the log', async function () {
    this.timeout(120_000);
    // Python's standard library brings the real SQLite (Debian: apt install python3).
    const script = join(import.meta.dirname, 'walCases.py');
    execFileSync('python3', [script, folder, '20261120', '400']);
    const { queries, cases } = JSON.parse(
      readFileSync(join(folder, 'expected.json'), 'utf8'),
    ) as Expected;
    let withRowsInLog = 0;
    for (const [number, expected] of cases.entries()) {
      const main = readFileSync(join(folder, `${number}.db`));
      const wal = readFileSync(join(folder, `${number}.db-wal`));
      const before = Buffer.from(main);
      if (overlayWal(main, wal) !== main) withRowsInLog++;
      assert.ok(before.equals(main), `case ${number}: the input was changed`);
      assert.deepEqual(await readOverlaid(main, wal, queries), expected, `case ${number}`);
    }
    assert.ok(withRowsInLog > cases.length / 3, 'the cases exercise the overlay');
  });

  it('leaves the image alone without a committed frame, whatever the log holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_000 }), (wal) => {
        const main = new Uint8Array(512);
        assert.equal(overlayWal(main, wal), main);
      }),
      { numRuns: 1_000 },
    );
  });

  it('allocates nothing for a log that claims a database of terabytes', () => {
    const wal = logWithOneFrame({ pageCount: 0xffff_ffff });
    assert.throws(
      () => overlayWal(new Uint8Array(512), wal),
      (error) => error instanceof TraceError && error.code === 'too-large',
    );
    assert.equal(overlayWal(new Uint8Array(512), logWithOneFrame({ pageCount: 2 })).length, 1024);
  });
});

/** A valid log of one committed page of 512 bytes. */
function logWithOneFrame({ pageCount }: { pageCount: number }): Uint8Array {
  const wal = Buffer.alloc(32 + 24 + 512);
  [0x377f0683, 3_007_000, 512, 0, 1, 2].forEach((word, at) => wal.writeUInt32BE(word, at * 4));
  let sums = [0, 0];
  const extend = (from: number, to: number): void => {
    for (let at = from; at < to; at += 8) {
      const [first = 0, second = 0] = sums;
      const next = (first + wal.readUInt32BE(at) + second) >>> 0;
      sums = [next, (second + wal.readUInt32BE(at + 4) + next) >>> 0];
    }
  };
  extend(0, 24);
  wal.writeUInt32BE(sums[0] ?? 0, 24);
  wal.writeUInt32BE(sums[1] ?? 0, 28);
  [1, pageCount, 1, 2].forEach((word, at) => wal.writeUInt32BE(word, 32 + at * 4));
  extend(32, 40);
  extend(56, wal.length);
  wal.writeUInt32BE(sums[0] ?? 0, 48);
  wal.writeUInt32BE(sums[1] ?? 0, 52);
  return wal;
}
