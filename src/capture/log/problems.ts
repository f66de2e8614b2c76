/** What keeps a capture from being written, in sentences that say what to do. */
import { basename, dirname } from 'node:path';
import { formatTokens } from '../../model/formatting.js';
import type { CaptureProblem } from '../../protocol/captureStatus.js';
import { TraceError, type TraceErrorCode } from '../../protocol/errors.js';

/**
 * `log`: events cannot be written and are kept in memory. `place`: the files are gone from their folder.
 * `folder`: events are written, but nothing can be made beside them, so that the log only grows.
 */
export type Trouble = 'log' | 'place' | 'folder';

export function problemOf(trouble: Trouble, thrown: unknown, tracePath: string): CaptureProblem {
  const name = basename(tracePath);
  const folder = dirname(tracePath);
  if (thrown instanceof TraceError) return { code: 'write-failed', message: thrown.message };
  const code = codeOf(thrown);
  const consequence = consequences[trouble];
  switch (code) {
    case 'disk-full':
      return {
        code,
        message: `The disk that holds ${folder} is full. ${consequence} Free some space on it; the capture then goes on by itself.`,
      };
    case 'no-permission':
      return {
        code,
        message: `There is no permission to write into ${folder}. ${consequence} Give the permission back; the capture then goes on by itself.`,
      };
    case 'folder-gone':
      return {
        code,
        message: `${folder} was moved or deleted while ${name} was recorded, and could not be made again. ${consequence} Make the folder again; the capture then goes on by itself.`,
      };
    case 'write-failed':
      return {
        code,
        message: `Writing ${name} failed (${textOf(thrown)}). ${consequence} Check the disk; the capture goes on by itself when it can.`,
      };
  }
}

const consequences: Readonly<Record<Trouble, string>> = {
  log: 'What is recorded is kept in memory for now.',
  place: 'What is recorded would be lost with the end of the capture.',
  folder: 'Nothing is lost: what is recorded stays in the log beside the trace.',
};

export function takenOver(tracePath: string): CaptureProblem {
  return {
    code: 'write-failed',
    message: `Another capture has taken over ${basename(tracePath)} while this one was asleep. Stop one of the two and start it again with another file.`,
  };
}

/** The capture ends while there is still something that could not be written. */
export function lostAtEnd(
  tokens: number,
  problem: CaptureProblem | undefined,
  tracePath: string,
): CaptureProblem {
  const what = tokens === 0 ? 'The last events' : formatTokens(tokens);
  return {
    code: problem?.code ?? 'write-failed',
    message: `${what} of ${basename(tracePath)} could not be written before the capture ended, and ${tokens === 1 ? 'is' : 'are'} lost.`,
  };
}

/** Why a capture cannot begin. */
export function beginningError(thrown: unknown, tracePath: string): TraceError {
  if (thrown instanceof TraceError) return thrown;
  const name = basename(tracePath);
  const folder = dirname(tracePath);
  const [code, message] = ((): [TraceErrorCode, string] => {
    switch (codeOf(thrown)) {
      case 'disk-full':
        return [
          'busy',
          `The disk that holds ${folder} is full. Free some space on it, or choose another folder.`,
        ];
      case 'no-permission':
        return [
          'no-permission',
          `There is no permission to write ${name} into ${folder}. Choose another folder, or change its permissions.`,
        ];
      case 'folder-gone':
        return [
          'not-found',
          `${folder} is not a folder that can be written into. Choose another one.`,
        ];
      case 'write-failed':
        return [
          'not-found',
          `${name} could not be written (${textOf(thrown)}). Check the disk, or choose another folder.`,
        ];
    }
  })();
  return new TraceError(code, message, thrown instanceof Error ? (thrown.stack ?? null) : null);
}

function codeOf(thrown: unknown): CaptureProblem['code'] {
  switch ((thrown as NodeJS.ErrnoException | null)?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return 'disk-full';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'no-permission';
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return 'folder-gone';
    default:
      return 'write-failed';
  }
}

const textOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
