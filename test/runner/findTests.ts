import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The files below a folder whose names end so, in a stable order; fails when there is none. */
export async function findTests(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith(ending)).sort();
  if (files.length === 0) throw new Error(`There are no tests (*${ending}) in ${folder}.`);
  return files.map((name) => join(folder, name));
}
