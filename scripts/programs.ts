/** Finds programs of this machine. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The full path of the first of these programs that the PATH holds. */
export function findOnPath(programs: readonly string[]): Promise<string | null> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  return firstExecutable(
    programs.flatMap((program) =>
      folders.flatMap((folder) => endings.map((ending) => join(folder, program + ending))),
    ),
  );
}

export async function firstExecutable(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) if (await isExecutable(path)) return path;
  return null;
}

export const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
