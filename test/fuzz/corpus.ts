/** The inputs that are kept, in the folder of their target: those that failed once, and those that are worth it. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KeptInput {
  readonly file: string;
  readonly input: Uint8Array;
}

const folderOf = (target: string): string => join(import.meta.dirname, 'corpus', target);

export function keptInputs(target: string): KeptInput[] {
  const folder = folderOf(target);
  return filesIn(folder).map((file) => ({ file, input: readFileSync(join(folder, file)) }));
}

/** Writes it under a name that follows from its content; the file's path. */
export function keepInput(target: string, kind: 'failed' | 'found', input: Uint8Array): string {
  const folder = folderOf(target);
  mkdirSync(folder, { recursive: true });
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const path = join(folder, `${kind}-${hash}`);
  writeFileSync(path, input);
  return path;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
