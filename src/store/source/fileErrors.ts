/** Failures of the file system as sentences. */
import { TraceError } from '../../protocol/errors.js';

export function fileError(thrown: unknown, fileName: string): unknown {
  if (!(thrown instanceof Error) || thrown instanceof TraceError) return thrown;
  if (thrown.name === 'AbortError') return new TraceError('cancelled', 'Cancelled.');
  switch ((thrown as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new TraceError(
        'not-found',
        `${fileName} does not exist any more. Was it moved, renamed or deleted?`,
        thrown.message,
      );
    case 'EACCES':
    case 'EPERM':
      return new TraceError(
        'no-permission',
        `There is no permission to read ${fileName}. Change the file's permissions and try again.`,
        thrown.message,
      );
    case undefined:
      return thrown;
    default:
      return new TraceError(
        'not-found',
        `${fileName} could not be read from its disk. Check that the disk is connected, then try again.`,
        thrown.message,
      );
  }
}
