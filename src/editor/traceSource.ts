import * as vscode from 'vscode';
import { TraceError } from '../protocol/errors.js';
import type { OpenParams } from '../protocol/storeMessages.js';

/** The store keeps a trace in memory, and no array of bytes is longer. */
const longestBytes = 2 ** 31 - 1;

/**
 * Where the store process gets a trace from. A file of this machine goes by its path and is never
 * opened here: closing any descriptor of a file drops all locks that this process holds on it, and
 * another extension may hold one (docs/trace-format.md). Files of other file systems are read whole.
 */
export async function traceSource(
  uri: vscode.Uri,
  confirmAboveBytes: number,
): Promise<OpenParams['source']> {
  if (uri.scheme === 'file') return { kind: 'path', path: uri.fsPath };
  const fileName = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > longestBytes) throw tooLarge(fileName, size);
    if (size > confirmAboveBytes) throw confirmSize(fileName, size);
    return { kind: 'bytes', bytes: await vscode.workspace.fs.readFile(uri), fileName };
  } catch (thrown) {
    throw asTraceError(thrown, fileName);
  }
}

function asTraceError(thrown: unknown, fileName: string): unknown {
  if (!(thrown instanceof vscode.FileSystemError)) return thrown;
  switch (thrown.code) {
    case 'FileNotFound':
      return new TraceError(
        'not-found',
        `${fileName} is not there any more. Put it back and try again, or close this editor.`,
      );
    case 'NoPermissions':
      return new TraceError(
        'no-permission',
        `You may not read ${fileName}. Change its permissions and try again.`,
      );
    default:
      return new TraceError(
        'not-found',
        `${fileName} could not be read. Check that its file system is connected and try again.`,
        thrown.message,
      );
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;

const tooLarge = (fileName: string, size: number): TraceError =>
  new TraceError(
    'too-large',
    `${fileName} has ${megabytes(size)}; traces of up to 2,147 MB can be opened. Export a part of it and open that.`,
  );

const confirmSize = (fileName: string, size: number): TraceError =>
  new TraceError(
    'confirm-size',
    `${fileName} has ${megabytes(size)}, more than is opened without asking. Opening it needs about twice as much memory.`,
  );
