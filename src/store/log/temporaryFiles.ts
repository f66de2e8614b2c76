/** Files that are made beside what they replace; one that a crash left behind is removed later. */
import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lockSuffix } from './captureLock.js';
import { logSuffix } from './logLines.js';

/** Behind the name of the lock of a dead owner, whose nonce it is: what the next one makes. */
const takeOver = /\.[0-9a-f]{32}$/;

/** Of all files of a capture: what agents ask and hear is for nobody but their user. */
export const privateMode = 0o600;

/** Like that of `writeTraceFile`: in the same folder, so that renaming is atomic. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Only for who holds the trace's lock: then nobody else is making any. */
export async function removeTemporaryFiles(tracePath: string): Promise<void> {
  const folder = dirname(tracePath);
  for (const name of await readdir(folder)) {
    const replaced = replacedBy(name);
    if (replaced !== basename(tracePath)) continue;
    await rm(join(folder, name), { force: true });
  }
}

/** The name of the trace that a temporary file, or one of its log or lock, was made for; null for any other file. */
export function replacedBy(name: string): string | null {
  const replaced = /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1];
  if (replaced === undefined) return null;
  const file = replaced.replace(takeOver, '');
  const suffix = [logSuffix, lockSuffix].find((candidate) => file.endsWith(candidate));
  return suffix === undefined ? replaced : file.slice(0, -suffix.length);
}
