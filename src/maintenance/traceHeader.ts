/** Which files are ours: told by their first bytes, never by their name alone. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TraceError } from '../protocol/errors.js';
import { applicationId } from '../store/native/schema.js';
import { assertDatabase } from '../store/source/databaseHeader.js';
import { fileError } from '../store/source/fileErrors.js';

const headerBytes = 512;
/** Source: https://www.sqlite.org/fileformat2.html#the_database_header */
const applicationIdAt = 68;

/** @throws TraceError for whatever is no native trace. */
export async function assertTraceFile(path: string): Promise<void> {
  const name = basename(path);
  try {
    const header = await headerOf(path);
    if (header === null) throw new TraceError('not-a-trace', `${name} is not a file.`);
    assertDatabase(header, name);
    if (isOurs(header)) return;
  } catch (thrown) {
    throw fileError(thrown, name);
  }
  throw new TraceError(
    'not-a-trace',
    `${name} is not an LLM Stream trace (*.llmtrace). If it is an Agent Inspector database, convert it first.`,
  );
}

/**
 * The traces of a folder, by name: files whose name and whose header say so. Links are left alone: they lead
 * elsewhere.
 * @throws TraceError where the folder cannot be read.
 */
export async function tracesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.llmtrace'))
      .map(({ name }) => join(folder, name));
    const ours: string[] = [];
    for (const path of paths.toSorted()) if (await isTraceFile(path)) ours.push(path);
    return ours;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOTDIR') throw fileError(thrown, folder);
    throw new TraceError(
      'not-a-trace',
      `${basename(folder)} is not a folder: name the one it is in.`,
    );
  }
}

/** False for what cannot be read, too. */
export async function isTraceFile(path: string): Promise<boolean> {
  const header = await headerOf(path).catch(() => null);
  return (
    header !== null && header.toString('latin1', 0, 15) === 'SQLite format 3' && isOurs(header)
  );
}

const isOurs = (header: Buffer): boolean =>
  header.length >= 100 && header.readUInt32BE(applicationIdAt) === applicationId;

/** Null for what is no regular file: opening a pipe would wait for ever. */
async function headerOf(path: string): Promise<Buffer | null> {
  if (!(await stat(path)).isFile()) return null;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
