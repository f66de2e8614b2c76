/** Each kind of file that is no readable trace has a sentence of its own, whatever its name says. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader } from '../../../src/formats/registry.js';
import { microseconds } from '../../../src/model/units.js';
import { TraceError, type TraceErrorCode } from '../../../src/protocol/errors.js';
import { Database } from '../../../src/store/database.js';
import { openTrace } from '../../../src/store/openTrace.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';
import { fixturePath } from './opening.js';

const support = readFileSync(fixturePath('support.db'));

async function databaseBytes(script: string): Promise<Uint8Array> {
  const database = await Database.open();
  database.exec(script);
  const bytes = database.export();
  database.close();
  return bytes;
}

async function tooNewTrace(): Promise<Uint8Array> {
  const writer = await TraceWriter.create();
  const database = await Database.open(writer.toBytes());
  writer.close();
  database.exec('PRAGMA user_version = 99');
  const bytes = database.export();
  database.close();
  return bytes;
}

const scrambled = () => {
  const bytes = Uint8Array.from(support);
  bytes.fill(0xa5, 100, 4_000);
  return bytes;
};

const cases: [string, TraceErrorCode, () => Uint8Array | Promise<Uint8Array>][] = [
  ['an empty file', 'empty', () => new Uint8Array()],
  ['a text', 'not-a-database', () => Buffer.from('Dear diary,\n'.repeat(900))],
  ['a picture', 'not-a-database', () => Buffer.from('89504e470d0a1a0a'.repeat(500), 'hex')],
  ['a database cut short', 'corrupt', () => support.subarray(0, 40_000)],
  ['a scrambled database', 'corrupt', scrambled],
  ['a database of something else', 'not-a-trace', () => databaseBytes('CREATE TABLE t (x)')],
  ['a native trace of a later version', 'too-new', tooNewTrace],
  [
    'an Agent Inspector database of a later version, without the columns needed',
    'too-new',
    () =>
      databaseBytes(
        'CREATE TABLE schema_version (version); INSERT INTO schema_version VALUES (2); CREATE TABLE runs (x); CREATE TABLE steps (x)',
      ),
  ],
];

describe('A file that is no readable trace', () => {
  let folder: string;
  const messages = new Set<string>();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'llm-stream-bad-input-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function assertRefused(path: string, code: TraceErrorCode): Promise<void> {
    const stallRule = { minimumUs: microseconds(1), medianFactor: 1 };
    const opening = openTrace({ source: { kind: 'path', path }, openReader, stallRule });
    const error = await opening.then(
      () => assert.fail('it opened'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof TraceError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^\p{Lu}?.{20,}[.)]$|sqlite3 FILE \.recover$/su);
    assert.ok(!messages.has(error.message), `not a sentence of its own: ${error.message}`);
    messages.add(error.message);
  }

  for (const [name, code, content] of cases) {
    it(`is refused in a sentence of its own: ${name}`, async () => {
      const path = join(folder, `${cases.findIndex(([other]) => other === name)}.llmtrace`);
      writeFileSync(path, await content());
      await assertRefused(path, code);
    });
  }

  it('is refused in a sentence of its own: 3 GB', async () => {
    const path = join(folder, 'huge.db');
    writeFileSync(path, support);
    truncateSync(path, 3 * 1024 ** 3);
    await assertRefused(path, 'too-large');
  });
});
