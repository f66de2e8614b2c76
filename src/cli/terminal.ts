/** What a command has of the process that runs it. */
import type { Writable } from 'node:stream';

export interface Terminal {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Answers with the exit code. */
export type Command = (words: readonly string[], terminal: Terminal) => Promise<number>;

export const ExitCode = { done: 0, failed: 1, wrongUsage: 2 } as const;
