/** The words of a command, as options and what is left. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './usageError.js';

/** @throws UsageError for options that the command does not have, or that lack their value. */
export function parseWords<O extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  words: readonly string[],
  options: O,
) {
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options });
  } catch (thrown) {
    const { message } = thrown as Error;
    const unknown = /^Unknown option '(.+?)'/.exec(message)?.[1];
    throw new UsageError(unknown === undefined ? message : `"${command}" takes no ${unknown}.`);
  }
}

/** The one FILE, or FOLDER, that a command takes. */
export function onlyFile(
  command: string,
  [path, ...more]: readonly string[],
  what = 'FILE',
): string {
  if (path === undefined) throw new UsageError(`"${command}" needs a ${what}.`);
  if (more.length > 0) {
    throw new UsageError(`Only one ${what} at a time: what is "${String(more[0])}"?`);
  }
  return path;
}
