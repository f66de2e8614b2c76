/** Files that are no readable trace, each for another reason. */
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from '../../../src/store/database.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';

export const badFiles = [
  'text.llmtrace',
  'empty.llmtrace',
  'truncated.llmtrace',
  'corrupt.llmtrace',
  'too-new.llmtrace',
  'no-trace.llmtrace',
  'huge.llmtrace',
] as const;

/** Where a SQLite file keeps its `user_version`, big-endian. */
const userVersionOffset = 60;
const hugeBytes = 3 * 1024 ** 3;

export async function writeBadFiles(folder: string): Promise<void> {
  const write = (name: (typeof badFiles)[number], content: string | Uint8Array): Promise<void> =>
    writeFile(join(folder, name), content);
  const trace = await emptyTrace();
  await write('text.llmtrace', 'These are my notes about a trace.\n');
  await write('empty.llmtrace', '');
  await write('truncated.llmtrace', trace.subarray(0, 700));
  // The header stays as it was.
  await write('corrupt.llmtrace', trace.slice().fill(0x5a, 100));
  const newer = trace.slice();
  new DataView(newer.buffer).setUint32(userVersionOffset, 999);
  await write('too-new.llmtrace', newer);
  await write('no-trace.llmtrace', await otherDatabase());
  const huge = await open(join(folder, 'huge.llmtrace'), 'w');
  await huge.write(trace);
  await huge.truncate(hugeBytes);
  await huge.close();
}

async function emptyTrace(): Promise<Uint8Array> {
  const writer = await TraceWriter.create();
  const bytes = writer.toBytes().slice();
  writer.close();
  return bytes;
}

async function otherDatabase(): Promise<Uint8Array> {
  const database = await Database.open();
  database.exec('CREATE TABLE recipes (name TEXT, minutes INTEGER)');
  const bytes = database.export();
  database.close();
  return bytes;
}
