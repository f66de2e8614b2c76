/** What keeps a file from being written, in sentences that say what to do. */
import { basename, dirname } from 'node:path';
import { TraceError } from '../protocol/errors.js';

/** Whatever else was thrown comes back as it is. */
export function writeError(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof Error) || thrown instanceof TraceError) return thrown;
  const folder = dirname(path);
  const name = basename(path);
  switch ((thrown as NodeJS.ErrnoException).code) {
    case undefined:
      return thrown;
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new TraceError(
        'busy',
        `The disk that holds ${folder} is full, so nothing was changed. Free some space on it, and try again.`,
        thrown.message,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new TraceError(
        'no-permission',
        `There is no permission to write ${name} into ${folder}, so nothing was changed. Change the folder's permissions, and try again.`,
        thrown.message,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new TraceError(
        'not-found',
        `${name} cannot be found, or its folder is gone: ${folder}. Choose another one.`,
        thrown.message,
      );
    default:
      return new TraceError(
        'not-found',
        `${name} could not be written (${thrown.message}), so nothing was changed. Check the disk, and try again.`,
        thrown.message,
      );
  }
}
